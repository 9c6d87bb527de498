"""Foreign words stay words, whatever they say, in every place they can get to."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.check import Status
from bot.local.slack.blockkit.blocks import problems as slacks_own_problems
from bot.slack import blocks as b
from bot.slack.blocks import marks
from bot.slack.blocks.text import cut_mrkdwn
from bot.slack.limits import ON_HOME, ON_MESSAGES, ON_MODALS, problems_of_block
from tests.slack.hostile import TEXTS

ANYWHERE: Final = ON_HOME | ON_MESSAGES | ON_MODALS
NOW: Final = datetime(2026, 11, 23, 8, 30, tzinfo=ZoneInfo("Europe/Berlin"))

BUILDERS: Final[dict[str, Callable[[str], Any]]] = {
    "foreign": lambda text: b.rich(b.foreign(text)),
    "foreign lines": lambda text: b.rich(b.foreign(text, 200, lines=True)),
    "words": b.rich,
    "bold": lambda text: b.rich(b.bold(text)),
    "bullets": lambda text: b.rich(b.bullets(text, b.line(b.foreign(text)))),
    "numbered": lambda text: b.rich(b.numbered(b.foreign(text), start=11)),
    "quote": lambda text: b.rich(b.quote(b.foreign(text))),
    "preformatted": lambda text: b.rich(b.preformatted(text, "row")),
    "link text": lambda text: b.rich(b.link("https://example.com/a", text)),
    "link address": lambda text: b.rich(b.link(text, "name")),
    "header": b.header,
    "section plain": lambda text: b.section(b.plain(text)),
    "section short name": lambda text: b.section(f"Service {b.short_name(text)} is down"),
    "section bold": lambda text: b.section(b.bold_mrkdwn(text)),
    "section code": lambda text: b.section(f"Pod {b.code(text)}"),
    "section link": lambda text: b.section(b.link_mrkdwn("https://example.com/?a=1&b=2", text)),
    "section link address": lambda text: b.section(b.link_mrkdwn(text, text)),
    "section user": lambda text: b.section(b.user_mrkdwn(text)),
    "section channel": lambda text: b.section(b.channel_mrkdwn(text)),
    "context": lambda text: b.context(b.short_name(text), b.plain(text, 300)),
    "alert": lambda text: b.alert(text, "warning"),
    "table": lambda text: b.table([text, "b"], [[text, "x"]]),
    "image": lambda text: b.image(text, url="https://example.com/a.png", title=text),
    "markdown": b.markdown,
    "plan": lambda text: b.plan(text, [b.task("s1", text, "pending", b.rich(b.foreign(text)))], block_id="p"),
    "button": lambda text: b.actions(b.button(text, "a.b.v1", "1", label=text)),
    "confirm": lambda text: b.actions(
        b.button(text, "a.b.v1", "1", confirm=b.confirm(text, b.short_name(text), text, text))
    ),
    "overflow": lambda text: b.section("x", b.overflow("a.b.v1", "1", {"claim": text})),
    "field": lambda text: b.field("name", text or "x", b.typed(most=20, initial=text, placeholder=text), hint=text),
    "select": lambda text: b.field("s", "S", b.select([b.option("v", text, text)], initial="v", placeholder=text)),
    "checkboxes": lambda text: b.field("s", "S", b.checkboxes([b.option("v", text)], initial=["v"])),
    "search": lambda text: b.field("s", "S", b.search_select("a.b.v1", placeholder=text)),
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
@pytest.mark.parametrize("build", BUILDERS.values(), ids=BUILDERS.keys())
def test_no_builder_lets_foreign_text_break_out(build: Callable[[str], Any], text: str) -> None:
    shape = build(text).to_dict()
    assert list(problems_of_block(shape, ANYWHERE)) == []
    assert slacks_own_problems([shape], "modal" if shape["type"] in {"input", "alert"} else "message") == []
    written = json.dumps(shape, ensure_ascii=False)
    written.encode()  # half characters would not survive this
    for kind, words in leaves(shape):
        assert not set(words) & set("\u202e\u2067\u200b\ufeff\x00\x07\x1b\x9f\r")
        if kind in {"mrkdwn", "markdown"}:
            assert "<!channel>" not in words
            assert "<@U024BE7LH>" not in words
        if kind == "mrkdwn":
            assert "<https://evil.example/|" not in words
            assert "<script" not in words


def leaves(node: Any) -> list[tuple[str, str]]:
    if isinstance(node, dict):
        own = [(str(node.get("type")), node["text"])] if isinstance(node.get("text"), str) else []
        return own + [leaf for value in node.values() for leaf in leaves(value)]
    return [leaf for one in node for leaf in leaves(one)] if isinstance(node, list) else []


def test_escaping_touches_three_characters_and_the_ampersand_first() -> None:
    assert b.escape("a & <b> &lt;") == "a &amp; &lt;b&gt; &amp;lt;"


def test_a_cut_ends_at_a_word_and_says_so() -> None:
    assert b.cut("The checkout answers with errors", 22) == "The checkout answers…"
    assert b.cut("short", 22) == "short"
    assert b.cut("x" * 50, 10) == "x" * 9 + "…"


LETTERS = {
    "flag": "\U0001f1e9\U0001f1ea",
    "family": "\U0001f469\u200d\U0001f469\u200d\U0001f467",
    "skin": "\U0001f44d\U0001f3fd",
    "accent": "e\u0301",
    "rainbow": "\U0001f3f3\ufe0f\u200d\U0001f308",
}


@pytest.mark.parametrize("letter", LETTERS.values(), ids=LETTERS)
def test_a_cut_goes_through_no_flag_family_or_accent(letter: str) -> None:
    for limit in range(20, 60):
        kept = b.cut(letter * 60, limit)
        assert kept == letter * (len(kept) // len(letter)) + "…"
        assert limit - len(letter) <= len(kept) <= limit


@given(st.text(max_size=400), st.integers(1, 200))
def test_a_cut_is_never_longer_than_its_limit(text: str, limit: int) -> None:
    assert len(b.cut(text, limit)) <= limit


@given(st.text(alphabet="ab <>&;|`\n^!date", max_size=300), st.integers(10, 200))
def test_a_cut_in_mrkdwn_keeps_its_limit(text: str, limit: int) -> None:
    assert len(cut_mrkdwn(text, limit)) <= limit


@pytest.mark.parametrize("limit", range(5, 75))
def test_a_cut_in_mrkdwn_opens_no_link_and_no_entity(limit: int) -> None:
    text = "see <https://example.com/a?x=1&amp;y=2|the runbook> &amp; then `run it` &lt;now&gt; or later"
    short = cut_mrkdwn(text, limit)
    assert (short.count("<"), short.count("`") % 2) == (short.count(">"), 0)
    assert not short.rstrip("…").endswith(("&", "&a", "&am", "&amp", "&l", "&lt", "&g", "&gt"))


@given(st.text(max_size=200), st.integers(5, 100))
def test_plain_text_is_counted_as_slack_counts_it(text: str, limit: int) -> None:
    assert 1 <= len(b.escape(str(b.plain(text, limit).text))) <= max(limit, 5)


@given(st.text(max_size=300))
def test_a_short_name_holds_no_formatting_and_no_special(text: str) -> None:
    assert not set(b.short_name(text)) & set("*_~`<>\n")


@given(st.text(max_size=300))
def test_a_code_span_has_exactly_its_own_two_backticks(text: str) -> None:
    assert (b.code(text).count("`"), "\n" in b.code(text)) == (2, False)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://example.com",
        "//example.com",
        "https://",
        "http://[",
        "",
        None,
        "https://example.com/\nx",
        "https://example.com/\u202ex",
        "https://example.com/" + "a" * 3000,
    ],
)
def test_what_is_no_web_address_leaves_only_the_name(address: str | None) -> None:
    assert b.link(address, "runbook").to_dict() == {"type": "text", "text": "runbook"}
    assert b.link_mrkdwn(address, "runbook") == "runbook"


def test_a_link_cannot_be_ended_early() -> None:
    assert b.link_mrkdwn("https://example.com/a|b>c?x=1&y=<2", "a|b") == (
        "<https://example.com/a%7Cb%3Ec?x=1&amp;y=%3C2|a|b>"
    )


def test_today_is_a_time_and_another_day_has_its_date() -> None:
    assert b.date(NOW, NOW).to_dict() == {
        "type": "date",
        "timestamp": int(NOW.timestamp()),
        "format": "{time}",
        "fallback": "07:30 UTC",
    }
    yesterday = NOW - timedelta(hours=20)
    assert b.date_mrkdwn(yesterday, NOW).endswith("^{date_short_pretty} {time}|22 Nov 11:30 UTC>")


def test_today_is_the_teams_day_not_utcs() -> None:
    just_after_midnight = datetime(2026, 11, 23, 0, 10, tzinfo=NOW.tzinfo)
    assert (just_after_midnight.astimezone(UTC).day, b.utc(just_after_midnight, NOW)) == (22, "23:10 UTC")


def test_plain_text_spells_the_teams_time() -> None:
    monday = datetime(2026, 11, 30, 7, 0, tzinfo=UTC)
    assert (b.spelled(monday, NOW), b.spelled(NOW, NOW)) == ("Mon 30 Nov 08:00 CET", "08:30 CET")


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(seconds=-5), "0\u00a0s"),
        (timedelta(seconds=42), "42\u00a0s"),
        (timedelta(minutes=4), "4\u00a0min"),
        (timedelta(hours=1, minutes=24), "1\u00a0h 24\u00a0min"),
        (timedelta(hours=31, minutes=5), "31\u00a0h"),
        (timedelta(days=12), "12\u00a0days"),
    ],
)
def test_a_span_is_short_and_keeps_its_unit(length: timedelta, said: str) -> None:
    assert b.span(length) == said
    assert b.age(NOW - length, NOW) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(31.4, "31"), (0.0812, "0.081"), (1.94, "1.9"), (212.0, "212"), (0, "0"), (12_345, "12,345"), (-2.55, "-2.5")],
)
def test_a_measured_number_has_two_significant_digits(value: float, said: str) -> None:
    assert b.measure(value, "h") == f"{said}\u00a0h"


def test_counted_things_are_one_or_many() -> None:
    assert (b.count(1, "check"), b.count(26, "check"), b.count(2, "person", "people")) == (
        "1 check",
        "26 checks",
        "2 people",
    )


def test_a_long_list_says_how_many_are_left_out() -> None:
    assert b.listed(["api", "search", "shop"], 2) == "api, search and 1 more"


def test_every_status_has_a_sign_and_a_word() -> None:
    assert {status: marks.STATUS[status].label for status in Status} == {
        Status.OK: "✅ ok",
        Status.WARN: "⚠️ warn",
        Status.FAIL: "❌ fail",
        Status.UNKNOWN: "❔ unknown",
    }


def test_a_fifth_severity_looks_like_the_last_and_keeps_its_word() -> None:
    assert marks.severity(5, "cosmetic").label_mrkdwn == ":white_small_square: cosmetic"


def test_daywatch_calls_no_whole_channel_even_in_its_own_words() -> None:
    assert b.section("<!channel> look").to_dict()["text"]["text"] == "&lt;!channel> look"


def test_a_page_is_cut_at_headings_and_loses_nothing() -> None:
    text = "\n".join(f"## Step {number}\n" + "words " * 100 for number in range(40))
    parts = b.pages(text, 8000)
    assert all(len(part) <= 8000 for part in parts)
    assert all(part.startswith("## Step") for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_a_page_without_any_break_is_cut_all_the_same() -> None:
    assert [len(part) for part in b.pages("x" * 20_000, 8000)] == [8000, 8000, 4000]


@pytest.mark.parametrize(
    "build",
    [
        b.actions,
        b.context,
        lambda: b.overflow("a.b.v1", "1", {}),
        lambda: b.overflow("a.b.v1", "1", {str(number): "x" for number in range(6)}),
        lambda: b.select([]),
        lambda: b.select([b.option(str(number), "x") for number in range(101)]),
        lambda: b.checkboxes([b.option(str(number), "x") for number in range(11)]),
        lambda: b.option("v" * 76, "x"),
        lambda: b.image("x"),
        lambda: b.image("x", url="javascript:x"),
    ],
)
def test_a_view_that_is_built_wrong_hears_it_at_once(build: Callable[[], Any]) -> None:
    with pytest.raises(ValueError, match=r"needs|has|may have"):
        build()


def test_every_kind_of_field_is_one_that_slack_takes() -> None:
    fields = [
        b.typed(least=1, most=9999, multiline=True, focus=True),
        b.number(least=0, most=10, initial=2.5, decimal=True),
        b.email_address(initial="ann@example.com"),
        b.web_address(placeholder="https://"),
        b.pick_user(initial="U1"),
        b.pick_users(initial=["U1"], most=3),
        b.pick_channel(),
        b.pick_conversation(),
        b.pick_day(initial="2026-11-23"),
        b.pick_clock(initial="08:30", zone="Europe/Berlin"),
        b.pick_moment(initial=NOW),
        b.multi_select([b.option("a", "A"), b.option("b", "B")], initial=["b"]),
        b.radio([b.option("a", "A")], initial="a"),
        b.search_select("a.b.v1", initial=b.option("a", "A")),
    ]
    shapes = [b.field(f"f{index}", "Label", one, hint="Hint").to_dict() for index, one in enumerate(fields)]
    assert [list(problems_of_block(shape, ON_MODALS)) for shape in shapes] == [[]] * len(fields)
    assert shapes[0]["element"]["max_length"] == 3000


@pytest.mark.parametrize("nothing", ["\u200b\u200d\ufeff", "\u3164", " \u200d "])
def test_a_name_that_nobody_could_see_is_a_dash(nothing: str) -> None:
    assert b.plain(nothing).text == "–"
    assert b.short_name(nothing) == "–"
    assert "–" in str(b.rich(b.line(b.foreign(nothing, 80))).to_dict())


def test_a_header_is_one_line() -> None:
    assert b.header("🔶 SEV2 · a\nb\r\nc").to_dict()["text"]["text"] == "🔶 SEV2 · a b c"
