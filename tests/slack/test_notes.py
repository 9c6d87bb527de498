"""What the door itself says: short, safe whatever was typed, with the names of those who may."""

import pytest

from bot.acts import Acts, Ask
from bot.domain.person import Person, Role
from bot.slack import notes
from bot.slack.command import Command
from bot.slack.fit import fit, fit_view
from bot.slack.limits import problems
from bot.slack.message import Message
from bot.slack.typed import Typed, match
from tests.fakes.names import BOB
from tests.slack.hostile import TEXTS


async def _run(_service: object, _ask: Ask) -> Acts:
    return ()


TABLE = tuple(
    Command(f"/incident {verb}".strip(), object, _run, f"Does {verb or 'it'}", usage, who=who)
    for verb, usage, who in (
        ("", "[what is wrong]", Role.RESPONDER),
        *((f"verb{number}", "<x>", Role.VIEWER if number < 7 else Role.ADMIN) for number in range(14)),
    )
)


def sent(message: Message) -> str:
    shape = fit(message)
    assert problems(shape) == []
    return str(shape)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_whatever_was_typed_is_shown_as_text(text: str) -> None:
    for guess in (None, "/incident verb1"):
        typed = Typed(row=None, path="/incident", text=text or "x", guess=guess, known=TABLE)
        shape = sent(notes.unknown(typed, Role.ADMIN))
        for harmful in ("<!channel", "<!here", "<@U024BE7LH>", "<https://evil"):
            assert f"'text': '{harmful}" not in shape.replace(f"I do not know “{harmful}", "")
    sent(notes.trigger_expired(f"/incident {text}", None))
    sent(notes.trigger_expired(None, ("a.v1", text[:100])))


def test_help_shows_what_you_may_do_and_counts_the_rest() -> None:
    shape = sent(notes.unknown(match(TABLE, "/dw-incident", "help", "dw-"), Role.VIEWER))
    assert "/dw-incident verb6 <x>" in shape
    assert "verb7" not in shape
    assert "8 more need another role" in shape


def test_a_command_that_is_not_ours_is_said_to_be_none() -> None:
    assert "/nonsense is not a command of ours." in sent(notes.unknown(match(TABLE, "/nonsense", "x", ""), Role.ADMIN))


def test_a_refusal_names_five_who_may_and_how_many_more() -> None:
    able = [Person(id=f"U{n}", name=f"P{n} *bold*", role=Role.ADMIN) for n in range(9)]
    text = notes.refused(Role.ADMIN, BOB, able).text
    assert "This needs the role admin; you are responder." in text
    assert "and 4 more" in text
    assert "nobody yet" in notes.refused(Role.ADMIN, BOB, []).text


def test_a_guest_hears_of_nobody_but_the_lead() -> None:
    assert notes.guests("Ann").text == "🔒 Guests can read here. Ask Ann (lead)."
    assert notes.guests(None).text == "🔒 Guests can read here. Ask whoever invited you."


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_every_modal_of_the_door_fits(text: str) -> None:
    for view in (notes.old_form(), notes.told(Message(text)), notes.refused_form(Message(text))):
        assert problems(fit_view(view)) == []
