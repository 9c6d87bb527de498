"""One runbook file: read when it is right, refused with file, field and remedy when it is not."""

from datetime import date
from pathlib import Path

import pytest

from bot.features.runbooks.front_matter import BadPage
from bot.features.runbooks.page import parse, read, symptoms
from tests.features.runbooks.pages import BODY, page, text


def problems(content: str, name: str = "checkout-errors.md") -> str:
    with pytest.raises(BadPage) as refused:
        parse(Path(name), content)
    return "\n".join(map(str, refused.value.problems))


def test_a_page_is_read_with_all_that_its_front_matter_says() -> None:
    rules = '[{alertname: "Kube.*", labels: {severity: critical}}, {title: "5xx"}]'
    front = f"services: [checkout]\nseverity: sev2\nmatch: {rules}"
    read_page = page(front=front)
    assert (read_page.slug, read_page.title, read_page.services) == (
        "checkout-errors",
        "Checkout errors",
        ("checkout",),
    )
    assert (read_page.owner, read_page.last_reviewed, read_page.severity) == ("platform", date(2026, 10, 12), "sev2")
    assert read_page.match[0].alertname == "Kube.*"
    assert read_page.match[0].labels == {"severity": "critical"}
    assert read_page.match[1].title == "5xx"


def test_the_first_steps_are_plain_words_without_their_commands() -> None:
    body = """
## First five minutes

1. Is the **provider** up? Open its [status page](https://status.example.com).

   ```sh
   1. echo not a step
   ```

   An explanation.
2. Run `kubectl get *`, and read
   the `__last__` line.

## Diagnosis

1. Not a first step.
"""
    assert page(body=body).steps == (
        "Is the provider up? Open its status page.",
        "Run kubectl get *, and read the __last__ line.",
    )


def test_a_heading_in_a_code_block_is_no_heading() -> None:
    body = (
        "## Symptoms\n\n```\n## First five minutes\n1. rm\n```\n- It is *slow*.\n\n## First five minutes\n\n1. Look.\n"
    )
    assert page(body=body).steps == ("Look.",)
    assert "It is slow." in symptoms(body)


@pytest.mark.parametrize(
    ("front", "field", "remedy"),
    [
        ("services: checkout", "services", "services: [checkout]"),
        ("match: {alertname: x}", "match", "Write a list of rules"),
        ("match: [{}]", "match.0", "would fit every alert"),
        ('match: [{alertname: "(a+)+"}]', "match.0.alertname", "leave some out"),
        ("match: [{alertnam: x}]", "match.0.alertnam", "alertname, title, labels"),
        ("match: [{labels: {code: 5}}]", "match.0.labels.code", "Write a list of rules"),
        ("match: [{labels: {'a b': x}}]", "match.0", "no label name"),
        ("severty: sev2", "severty", "not a field we know"),
        ("severity: Very Bad", "severity", "severity: sev2"),
        ("last_reviewed: last week", "last_reviewed", "last_reviewed: 2026-10-12"),
        ("last_reviewed: 2026", "last_reviewed", "is not a day"),
        ("title: [a]", "title", "one line"),
    ],
)
def test_a_wrong_field_is_named_with_its_remedy(front: str, field: str, remedy: str) -> None:
    said = problems(text(front))
    assert said.startswith(f"checkout-errors.md: {field}: ")
    assert remedy in said


def test_every_problem_of_a_page_is_named_at_once() -> None:
    said = problems(f"---\nservices: []\n---\n{BODY}")
    assert [line.split(": ")[1] for line in said.splitlines()] == ["title", "owner", "last_reviewed"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("# Just Markdown", "has no front matter"),
        ("---\ntitle: x\n", "has no end"),
        ("---\ntitle: 'x\n---\nbody", "in line"),
        ("---\n- a\n---\nbody", "no list of fields"),
        ("---\na: &a [x]\nb: *a\n---\nbody", "references"),
        ("---\nlast_reviewed: 2026-02-30\n---\nbody", "cannot be read"),
        ("---\n" + "x: " + "[" * 5000 + "\n---\nbody", "cannot be read"),
        ("---\n" + "# long\n" * 2000 + "---\nbody", "longer than"),
        (text(body="\n\n"), "has no text"),
    ],
)
def test_a_file_that_is_no_page_is_refused_in_words(content: str, words: str) -> None:
    assert words in problems(content)


@pytest.mark.parametrize("name", ["Über.md", "a b.md", "-x.md", "inc:1.md", "x" * 90 + ".md"])
def test_a_file_name_that_cannot_stand_in_a_button_is_refused(name: str) -> None:
    assert "small letters" in problems(text(), name)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    file.write_bytes(b"---\ntitle: \xff\n---\n")
    with pytest.raises(BadPage, match="not UTF-8"):
        read(file)
    file.write_bytes(b"x" * 300_000)
    with pytest.raises(BadPage, match="larger than"):
        read(file)
    with pytest.raises(BadPage, match="cannot be opened"):
        read(tmp_path / "nowhere.md")


def test_windows_line_ends_and_a_byte_order_mark_are_fine(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    file.write_bytes(b"\xef\xbb\xbf" + text().replace("\n", "\r\n").encode())
    assert read(file).steps == page().steps


def test_a_page_is_stale_after_twelve_whole_months() -> None:
    assert not page(reviewed="2025-11-23").is_stale(date(2026, 11, 22))
    assert page(reviewed="2025-11-22").is_stale(date(2026, 11, 22))
    assert page(reviewed="2025-09-01").months_since_review(date(2026, 11, 22)) == 14
