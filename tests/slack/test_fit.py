"""Every message is held to its room; what tells most goes last, and nothing is ever lost."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block, SectionBlock

from bot.local.slack.blockkit.blocks import problems as slacks_own_problems
from bot.slack import blocks as b
from bot.slack.fit import SIZES, Size, attempts, fit, fit_view, halve, text_alone
from bot.slack.limits import problems, size_of, visible
from bot.slack.message import Cut, Message, Surface, View, home, remembered
from tests.slack import drawings
from tests.slack.hostile import TEXTS


def digest(items: int, today: int) -> Message:
    """A digest as views write one: long and short versions with their counts."""

    def rows(shown: int) -> list[Block]:
        left = items - shown
        some = [b.section(f"{b.marks.BY_HAND.mrkdwn} *Item {number}* · by hand") for number in range(shown)]
        return [*some, *([b.context(b.and_more(left))] if left else [])]

    def changes(shown: int) -> list[Block]:
        left = [b.and_more(today - shown)] if today > shown else []
        return [b.rich(b.line(b.bold("Today")), b.bullets(*(f"change {n}" for n in range(shown)), *left))]

    return Message(
        "platform: items need you",
        surface=Surface.DIGEST,
        blocks=(
            b.header(f"{items} of {items} need you"),
            Cut(3, rows(items), rows(4)),
            Cut(1, changes(today), changes(3)),
            Cut(2, [b.image("errors rise", url="https://example.com/chart.png")]),
            b.actions(b.button("Refresh", "checklist.run.v1", "dg-1")),
        ),
    )


def kinds(shape: dict[str, Any]) -> list[str]:
    return [block["type"] for block in shape["blocks"]]


def test_what_fits_is_not_touched() -> None:
    message = digest(6, 3)
    assert fit(message) == message.to_dict()


def test_the_views_own_cuts_come_first_in_their_order() -> None:
    size = Size(blocks=50, chars=400)
    only_today = fit(digest(6, 40), size)
    assert (len(only_today["blocks"]), visible(only_today["blocks"]) <= 400) == (10, True)
    assert "and 37 more" in str(only_today)
    assert "image" in kinds(only_today), "the second cut was not needed"


def test_cuts_go_on_until_it_fits_and_the_counts_stay() -> None:
    shape = fit(digest(30, 40), Size(blocks=8, chars=4_500))
    assert kinds(shape) == ["header", "section", "section", "section", "section", "context", "rich_text", "actions"]
    assert ("and 26 more" in str(shape), "and 37 more" in str(shape)) == (True, True)


def test_long_lists_are_cut_from_their_ends_and_count_what_is_gone() -> None:
    lines = [b.line(b.foreign(f"alert {number} " + "word " * 20)) for number in range(60)]
    shape = fit(Message("storm", surface=Surface.TRIAGE, blocks=(b.rich(b.bullets(*lines)),)))
    (rich,) = shape["blocks"]
    rows = rich["elements"][0]["elements"]
    last = rows[-1]["elements"][0]["text"]
    assert rows[0]["elements"][0]["text"].startswith("alert 0")
    assert last == f"and {60 - (len(rows) - 1)} more"


def test_a_views_own_count_is_added_up_not_repeated() -> None:
    lines = [*(b.line(f"alert {number} " + "word " * 20) for number in range(20)), b.line(b.and_more(100))]
    shape = fit(Message("storm", surface=Surface.TRIAGE, blocks=(b.rich(b.bullets(*lines)),)))
    rows = shape["blocks"][0]["elements"][0]["elements"]
    assert rows[-1]["elements"][0]["text"] == f"and {120 - (len(rows) - 1)} more"


def test_a_long_table_keeps_its_head_and_its_worst_rows() -> None:
    table = b.table(["status", "check"], [[f"❌ fail {n}", "evidence " * 12] for n in range(99)])
    shape = fit(Message("99 checks", surface=Surface.TABLE, blocks=(b.section("All checks"), table)))
    rows = shape["blocks"][1]["rows"]
    assert rows[0][0]["type"] == "rich_text"
    assert rows[1][0]["text"] == "❌ fail 0"
    assert rows[-1][0]["text"] == f"and {99 - (len(rows) - 2)} more"
    assert {len(row) for row in rows} == {2}


def test_more_blocks_than_fit_leave_the_first_line_and_the_controls() -> None:
    control = b.actions(b.button("Acknowledge", "alerts.acknowledge.v1", "1"))
    noise = [b.divider(), b.context("small"), b.section("more"), b.rich("words"), b.divider()]
    shape = fit(Message("x", surface=Surface.NUDGE, blocks=(b.section("First line"), *noise, control)))
    assert shape["blocks"][0]["text"]["text"] == "First line"
    assert kinds(shape) == ["section", "section", "actions"]


def test_what_was_left_out_is_counted_when_there_is_room_to_say_so() -> None:
    long = [b.rich("x" * 300) for _ in range(6)]
    shape = fit(Message("x", surface=Surface.NUDGE, blocks=(b.section("First line"), *long)), Size(7, 160))
    assert shape["blocks"][-1]["elements"][0]["text"].endswith("more that did not fit")


def test_a_form_keeps_its_fields_whatever_the_room() -> None:
    fields = [b.field(f"f{n}", f"Field {n}", b.typed(most=100), hint="A hint " * 20) for n in range(20)]
    view = View(title="Long", submit="Save", blocks=(*fields, b.context("x" * 2000)))
    shape = fit_view(view)
    assert kinds(shape) == ["input"] * 20
    assert "hint" not in shape["blocks"][-1]


def test_a_block_that_slack_would_refuse_goes_alone() -> None:
    bad = SectionBlock(text="x" * 3500)
    shape = fit(Message("x", blocks=(b.section("good"), bad)), Size(10, 9_000))
    assert [block["text"]["text"] for block in shape["blocks"]] == ["good"]


def test_a_block_that_the_sdk_cannot_write_goes_alone() -> None:
    bad = b.actions(b.button("Go", "a.b.v1", "x" * 3000))
    shape = fit(Message("x", blocks=(b.section("good"), bad)))
    assert kinds(shape) == ["section"]


def test_nothing_good_left_is_said() -> None:
    shape = fit(Message("x", blocks=(SectionBlock(text="x" * 3500),)), Size(10, 9_000))
    assert "could not be shown" in str(shape["blocks"])


def test_a_block_id_that_is_there_twice_loses_its_name_not_its_block() -> None:
    shape = fit(Message("x", blocks=(b.section("1", block_id="a"), b.section("2", block_id="a"))))
    assert (kinds(shape), problems(shape)) == (["section", "section"], [])


def test_halved_there_is_no_plan_and_no_table() -> None:
    table = b.table(["a", "b"], [["1", "2"]])
    message = Message("x", surface=Surface.TABLE, blocks=(b.section("All"), table))
    assert kinds(halve(message)) == ["section"], "half of two blocks is one"
    deploy = halve(drawings.deploy_message())
    assert "plan" not in kinds(deploy)
    assert problems(deploy) == []


def test_halved_the_views_own_cuts_still_keep_their_counts() -> None:
    shape = halve(digest(30, 40))
    assert ("and 26 more" in str(shape), "and 37 more" in str(shape)) == (True, True)
    assert kinds(shape)[0] == "header"
    assert kinds(shape)[-1] == "actions"


def test_a_plan_becomes_a_list_that_says_the_same() -> None:
    steps = [b.task("s1", "20 % of traffic", "complete", b.rich("2 of 10 pods")), b.task("s2", "Pause", "in_progress")]
    message = Message("x", surface=Surface.DIGEST, blocks=(b.plan("Canary", steps, block_id="p"),))
    assert [words["text"] for words in leaf_texts(halve(message))] == [
        "Canary",
        "✅ 20 % of traffic · 2 of 10 pods",
        "⏳ Pause",
    ]


def leaf_texts(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, dict):
        own = [node] if node.get("type") == "text" else []
        return own + [leaf for value in node.values() for leaf in leaf_texts(value)]
    return [leaf for one in node for leaf in leaf_texts(one)] if isinstance(node, list) else []


def test_the_last_resort_has_the_words_and_mends_no_harm() -> None:
    message = Message(
        "Alert <!channel>",
        blocks=(
            b.header("🚨 SEV1"),
            b.rich(b.foreign("<!here> & co"), " since ", b.date(drawings.at(1795399860))),
            b.rich(b.bullets(b.link("https://example.com/?a=1&b=2", "the <runbook>"), "two"), b.numbered("one", "two")),
            b.section("*Lead* nobody"),
            b.context("small", b.plain("<plain>")),
            b.table(["a"], [["<cell>"]]),
            b.actions(b.button("Go", "a.b.v1", "1")),
        ),
    )
    assert text_alone(message, key="k") == {
        "text": "Alert &lt;!channel&gt;\n🚨 SEV1\n&lt;!here&gt; &amp; co since <!date^1795399860^{time}|02:11 UTC>\n"
        "• <https://example.com/?a=1&amp;b=2|the &lt;runbook&gt;>\n• two\n1. one\n2. two\n"
        "*Lead* nobody\nsmall · &lt;plain&gt;\n• &lt;cell&gt;",
        "blocks": [],
        "metadata": {"event_type": "daywatch_message", "event_payload": {"key": "k"}},
    }


def test_each_attempt_is_smaller_than_the_one_before() -> None:
    sizes = [size_of(shape["blocks"]) for shape in attempts(digest(30, 40))]
    assert sizes == sorted(sizes, reverse=True)
    assert (len(sizes), sizes[-1]) == (4, 2)


def test_text_alone_has_one_attempt() -> None:
    assert list(attempts(Message("Which incident? <b>"))) == [{"text": "Which incident? &lt;b&gt;"}]


def test_a_notification_is_short_and_mentions_nobody() -> None:
    shape = Message("<@U1> " + "word " * 100, blocks=(b.section("x"),)).to_dict()
    assert (shape["text"].startswith("&lt;@U1&gt; word"), len(shape["text"]) <= 156) == (True, True)


def test_an_empty_home_still_has_its_shape() -> None:
    assert fit_view(home(b.section("Nothing waits for you.")))["private_metadata"] == '{"v":1}'


def test_a_views_memory_comes_back_and_nonsense_is_empty() -> None:
    view = View(title="x", blocks=(b.section("x"),), memory={"incident": "INC-142", "page": 2})
    assert remembered(view.to_dict()["private_metadata"]) == {"incident": "INC-142", "page": 2}
    assert [remembered(text) for text in ("", "{", "[1]", '{"a": {"b": 1}}')] == [{}] * 4


def test_every_surface_has_its_room() -> None:
    assert set(SIZES) == set(Surface)


# Anything at all

foreign_text = st.one_of(st.sampled_from(list(TEXTS.values())), st.text(max_size=600))


@st.composite
def any_block(draw: st.DrawFn) -> Block:
    text, other = draw(foreign_text), draw(foreign_text)
    some = draw(st.integers(1, 30))
    return draw(
        st.sampled_from(
            [
                b.header(text),
                b.section(b.plain(text)),
                b.section(b.code(text), b.button("Open", "a.b.v1", "1")),
                b.context(b.short_name(text), b.plain(other, 500)),
                b.rich(b.foreign(text, 2000, lines=True), b.bullets(*[b.foreign(other, 200)] * some)),
                b.rich(b.quote(b.foreign(text, 3000))),
                b.actions(*(b.button("Go", f"a.b{n}.v1", "v" * 900, label=text) for n in range(min(some, 5)))),
                b.table([text, "b"], [[text, other]] * some),
                b.markdown(text * 5),
                b.image(text, url="https://example.com/a.png"),
                b.divider(),
                b.plan(text, [b.task(f"s{n}", other, "pending", b.rich(text)) for n in range(some)], block_id="p"),
                b.section("overflow", b.overflow("a.m.v1", "1", {"claim": text})),
            ]
        )
    )


def parts() -> st.SearchStrategy[list[Block | Cut]]:
    cut = st.builds(
        Cut,
        st.integers(1, 3),
        st.lists(any_block(), max_size=4),
        st.lists(any_block(), max_size=2),
    )
    return st.lists(st.one_of(any_block(), cut), min_size=1, max_size=12)


@settings(max_examples=80, deadline=None)
@given(parts(), st.sampled_from(list(Surface)), foreign_text)
def test_whatever_is_drawn_what_is_sent_fits_and_slack_takes_it(
    body: list[Block | Cut], surface: Surface, text: str
) -> None:
    message = Message(text, blocks=body, surface=surface)
    size = SIZES[surface]
    for shape in attempts(message, key="k"):
        shown = shape.get("blocks")
        sent = {name: value for name, value in shape.items() if name != "blocks" or value}
        assert problems(sent) == []
        assert slacks_own_problems(shown or [], "message") == []
        if shown:
            assert len(shown) <= size.blocks
            # The first block stays whatever it is, down to forty characters a text.
            assert visible(shown) <= size.chars or len(shown) == 1
        assert shape["text"].strip()


@settings(max_examples=40, deadline=None)
@given(parts(), st.sampled_from([Surface.MODAL, Surface.HOME, Surface.TIMELINE]))
def test_whatever_view_is_drawn_slack_takes_it(body: list[Block | Cut], surface: Surface) -> None:
    view = home(*body) if surface is Surface.HOME else View(title="Title & more", blocks=body, surface=surface)
    wrong = [one for one in problems(fit_view(view)) if not one.startswith("/blocks: has 0")]
    assert wrong == []


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_a_title_of_any_text_makes_a_modal(text: str) -> None:
    assert problems(View(title=text, submit=text or "x", close=text, blocks=(b.section("x"),)).to_dict()) == []
