"""What `daywatch runbooks lint` finds, each with its remedy."""

from pathlib import Path

import pytest

from bot.features.runbooks.lint import Weight, lint
from tests.features.runbooks.pages import BODY, TODAY, text


def said(folder: Path, content: str, name: str = "page.md") -> list[tuple[str, str]]:
    (folder / name).write_text(content, "utf-8")
    return [(finding.field, finding.words) for finding in lint(folder, TODAY)]


def test_a_good_page_has_no_findings(tmp_path: Path) -> None:
    assert said(tmp_path, text()) == []


@pytest.mark.parametrize(
    ("content", "field", "words"),
    [
        ("nothing", "", "no front matter"),
        (text(body="## Symptoms\n\n## First five minutes\n\n1. Look.\n"), "headings", "`## Verify` missing"),
        (text(body=BODY.replace("1. Open", "- Open").replace("2. Comp", "- Comp")), "steps", "no numbered steps"),
        (text(body=BODY.replace("1. Open", "1. " + "Very " * 20 + "open")), "steps", "step 1 begins with 25 words"),
        (text(reviewed="2025-09-01"), "last_reviewed", "reviewed 14 months ago. Ask platform"),
        (text(reviewed="2027-01-01"), "last_reviewed", "in the future"),
        (text(body=BODY + "[a](gone.md)"), "link", "is not there"),
        (text(body=BODY + "[a](#no-such)"), "link", "names a heading"),
        (text(body=BODY + "[a](../../etc/passwd)"), "link", "leads out"),
        (text(body=BODY + "[a](javascript:alert)"), "link", "cannot be opened"),
        (text(body=BODY + "[a](http://[broken)"), "link", "no address"),
        (text('match: [{alertname: "a^b"}]'), "match.0.alertname", "no text"),
        (text('match: [{title: "x"}, {title: "x"}]'), "match.1", "rule 0 takes all"),
        (text('match: [{alertname: "A", title: "x"}, {alertname: "A"}]'), "match.0", "rule 1 takes all"),
        (text('match: [{alertname: "Kube.*"}, {alertname: "Kube(A|B)"}]'), "match.1", "rule 0 takes all"),
    ],
)
def test_what_would_let_somebody_down_is_found(tmp_path: Path, content: str, field: str, words: str) -> None:
    ((found_field, found_words),) = said(tmp_path, content)
    assert found_field == field
    assert words in found_words


def test_links_in_code_and_to_real_headings_are_fine(tmp_path: Path) -> None:
    links = "[a](page.md#first-five-minutes) [b](#verify) [c](https://example.com)\n\n```\n[d](gone.md)\n```\n"
    assert said(tmp_path, text(body=BODY + links)) == []


def test_rules_that_differ_are_left_alone(tmp_path: Path) -> None:
    assert said(tmp_path, text('match: [{alertname: "A"}, {title: "A"}, {labels: {job: A}}]')) == []


def test_titles_that_people_could_mix_up_are_errors(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(text(title="Disk  FULL"), "utf-8")
    (tmp_path / "b.md").write_text(text(title="disk full"), "utf-8")
    (finding,) = lint(tmp_path, TODAY)
    assert (finding.file, finding.field, finding.weight) == ("b.md", "title", Weight.ERROR)
    assert str(finding).startswith("error: b.md: title: the same as in `a.md`")


def test_the_web_is_asked_only_on_request_and_once_for_each_address(tmp_path: Path) -> None:
    for name in ("a", "b"):
        content = text(title=name, body=BODY + "[x](https://example.com/gone) [y](https://example.com/ok)")
        (tmp_path / f"{name}.md").write_text(content, "utf-8")
    asked: list[str] = []

    def fetch(address: str) -> str | None:
        asked.append(address)
        return "answers 404" if address.endswith("gone") else None

    assert lint(tmp_path, TODAY) == ()
    found = lint(tmp_path, TODAY, fetch)
    assert asked == ["https://example.com/gone", "https://example.com/ok"]
    assert [(finding.file, finding.weight) for finding in found] == [("a.md", Weight.WARNING), ("b.md", Weight.WARNING)]
    assert "`https://example.com/gone` answers 404" in found[0].words
