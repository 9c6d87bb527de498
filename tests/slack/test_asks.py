"""Slack's payloads read into asks."""

import pytest

from bot.domain.person import Person, Role
from bot.slack import asks
from tests.slack.payloads import AT, press, submission, typed

ANN = Person(id="U024BE7LH", name="Ann", role=Role.ADMIN)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("  checkout is slow ", "checkout is slow"),
        ("“quoted” ‘words’ — and – dashes", "\"quoted\" 'words' -- and - dashes"),
        ("a\x00b\x07c\u202egpj\ud83d", "abcgpj"),
        ("family 👨‍👩‍👧 and می‌خواهم", "family 👨‍👩‍👧 and می‌خواهم"),
        ("a &amp; b &lt;c&gt;", "a & b <c>"),
        (
            "see <#C123|general> and <https://x.example/a?b=1|the page> or <https://y.example>",
            "see #general and https://x.example/a?b=1 or https://y.example",
        ),
        ("<@U024BE7LH|ann> leads", "<@U024BE7LH|ann> leads"),
        ("two\nlines", "two\nlines"),
        ("x" * 9000, "x" * 4000),
        ("\u200d \u3164\ufe0f", ""),
    ],
)
def test_typed_words_are_made_plain(text: str, plain: str) -> None:
    assert asks.straightened(text) == plain


def test_mentions_are_found_with_and_without_a_name() -> None:
    assert asks.mentioned("lead <@U024BE7LH>") == "U024BE7LH"
    assert asks.mentioned("lead <@W012A3CDE|Ann Lee>") == "W012A3CDE"
    assert asks.mentioned("lead @ann <!channel>") is None
    assert asks.unmentioned("page <@W012A3CDE|Ann Lee> the  database") == "page the database"


def test_a_command_becomes_an_ask() -> None:
    ask = asks.from_command(typed("/incident", "x"), ANN, AT, "x", "/incident")
    assert (ask.text, ask.channel, ask.trigger_id, ask.once) == ("x", "C0OPS", "1.2.abc", "slack:1.2.abc")
    assert ask.response_url == "https://hooks.slack.com/commands/1"


def test_a_press_brings_its_key_and_its_place() -> None:
    body = press("incidents.acknowledge.v1", "INC-142", thread_ts="1.0")
    ask = asks.from_action(body, body["actions"][0], ANN, AT, "INC-142")
    assert (ask.key, ask.channel, ask.message_ts, ask.thread_ts, ask.on_message) == (
        "INC-142",
        "C0OPS",
        "1.1",
        "1.0",
        True,
    )
    assert ask.once == "slack:1.2.abc:incidents.acknowledge.v1"


@pytest.mark.parametrize(
    ("element", "key"),
    [
        ({"value": "INC-1"}, "INC-1"),
        ({"selected_option": {"value": "dismiss:alert:1"}}, "dismiss:alert:1"),
        ({"selected_user": "U1"}, "U1"),
        ({"selected_date": "2026-11-23"}, "2026-11-23"),
        ({}, ""),
    ],
)
def test_what_was_pressed_or_picked_is_the_key(element: dict[str, object], key: str) -> None:
    assert asks.action_key(element) == key


def test_a_form_brings_its_fields_by_name() -> None:
    state = {
        "title": {"v": {"type": "plain_text_input", "value": " broken\x00 "}},
        "seen": {"v": {"type": "plain_text_input", "value": None}},
        "service": {"incidents.service.v1": {"selected_option": {"value": "checkout"}}},
        "none": {"v": {"selected_option": None}},
        "how": {"v": {"selected_options": [{"value": "page"}, {"value": "private"}]}},
        "nothing": {"v": {"selected_options": []}},
        "who": {"v": {"selected_user": "U1"}},
        "all": {"v": {"selected_users": ["U1", "U2"]}},
        "ended": {"v": {"selected_date_time": 1795400000}},
    }
    ask = asks.from_form(submission("incidents.declare.v1", state, '{"v":1,"incident":"INC-7"}'), ANN, AT)
    assert ask.value("title") == "broken\ufffd"
    assert (ask.value("seen"), ask.value("service"), ask.value("none"), ask.value("missing")) == (
        "",
        "checkout",
        "",
        "",
    )
    assert (ask.chosen("how"), ask.chosen("nothing"), ask.chosen("all")) == (("page", "private"), (), ("U1", "U2"))
    assert (ask.value("who"), ask.value("ended")) == ("U1", "1795400000")
    assert ask.private["incident"] == "INC-7"
    assert ask.once == "slack:1.2.abc:incidents.declare.v1"


@pytest.mark.parametrize("memory", ["", "{", "[1]", "null", '"x"'])
def test_a_broken_memory_is_no_memory(memory: str) -> None:
    assert asks.from_form(submission("x", {}, memory), ANN, AT).private == {}


def test_asks_without_a_trigger_are_each_their_own() -> None:
    body = press("a", "b") | {"trigger_id": ""}
    first, second = (asks.from_action(body, body["actions"][0], ANN, AT, "b") for _ in range(2))
    assert first.once != second.once


def test_a_shortcut_brings_the_words_it_was_used_on() -> None:
    body = {
        "type": "message_action",
        "callback_id": "incidents.declare_from.v1",
        "trigger_id": "1.2.abc",
        "user": {"id": ANN.id},
        "channel": {"id": "C0OPS"},
        "message": {"ts": "1.1", "text": "a &lt;b&gt; &amp;amp; c\x00"},
    }
    ask = asks.from_shortcut(body, ANN, AT)
    assert (ask.words, ask.channel, ask.message_ts) == ("a <b> &amp; c\ufffd", "C0OPS", "1.1")


def test_an_ask_does_not_print_what_can_be_answered_to() -> None:
    ask = asks.from_command(typed("/incident", "x"), ANN, AT, "x", "/incident")
    assert "hooks.slack.com" not in repr(ask)
    assert "1.2.abc'" not in repr(ask).replace("slack:1.2.abc", "")


@pytest.mark.parametrize("body", [{"user": "U1"}, {"user": None}, {"user": {"id": None}}, {}])
def test_a_payload_without_a_person_is_nobodys(body: dict[str, object]) -> None:
    assert asks.user_of(body) == ""


@pytest.mark.parametrize("nothing", ["", "  \n", "\u200b\u200d", " \u3164\u2800 ", "\u202e\u202c\ufeff"])
def test_words_that_nobody_could_see_are_no_words(nothing: str) -> None:
    """Else a task without a title, an empty note, an incident without a name."""
    body = submission("form.v1", {"title": {"v": {"type": "plain_text_input", "value": nothing}}})
    assert asks.from_form(body, ANN, AT).value("title") == ""


@pytest.mark.parametrize("something", ["0", "-", "\U0001f525", "\u0644", "e\u0301", "`"])
def test_whatever_can_be_seen_is_a_word(something: str) -> None:
    body = submission("form.v1", {"title": {"v": {"type": "plain_text_input", "value": something}}})
    assert asks.from_form(body, ANN, AT).value("title") == something
