"""What the door itself says: short, safe whatever was typed, with the names of those who may."""

import pytest

from bot.acts import Acts, Ask
from bot.commands import COMMANDS
from bot.domain.person import Person, Role
from bot.slack import notes
from bot.slack.command import Command, Here
from bot.slack.fit import fit, fit_view
from bot.slack.limits import problems
from bot.slack.message import Message
from bot.slack.typed import Typed, match
from tests.fakes.names import ANN, BOB, GIL
from tests.slack.hostile import TEXTS


async def _run(_service: object, _ask: Ask) -> Acts:
    return ()


SAM = Person(id="U0SAM0001", name="Sam", role=Role.VIEWER)
TABLE = tuple(
    Command(
        f"/incident {verb}".strip(),
        object,
        _run,
        f"Does {verb or 'it'}",
        usage,
        who=who,
        example="some words" if verb else "",
        fits={"verb1": Here.OPEN, "verb2": Here.ELSEWHERE}.get(verb, Here.ANYWHERE),
        guests=verb == "verb6",
    )
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
        shape = sent(notes.unknown(typed, ANN))
        for harmful in ("<!channel", "<!here", "<@U024BE7LH>", "<https://evil"):
            assert f"'text': '{harmful}" not in shape.replace(f"I do not know “{harmful}", "")
    sent(notes.trigger_expired(f"/incident {text}", None))
    sent(notes.trigger_expired(None, ("a.v1", text[:100])))


def asked_for_help(person: Person, here: Here = Here.ELSEWHERE, command: str = "/dw-incident") -> str:
    return sent(notes.unknown(match(TABLE, command, "help", "dw-"), person, here))


def test_help_shows_six_things_you_may_do_now_and_the_rest_behind_a_button() -> None:
    shape = asked_for_help(SAM)
    assert "/dw-incident verb6 some words" in shape
    assert "/dw-incident verb2 some words" in shape
    for not_now in ("verb1 ", "verb7", "'/dw-incident'"):
        assert not_now not in shape
    assert "'and 9 more'" in shape


def test_help_follows_where_you_are() -> None:
    assert "verb1 " in asked_for_help(SAM, Here.OPEN)
    assert "verb1 " not in asked_for_help(SAM, Here.RESOLVED)
    assert "verb2 " not in asked_for_help(SAM, Here.RESOLVED)


def test_a_guest_sees_only_what_guests_may_type() -> None:
    shape = asked_for_help(GIL)
    assert "verb6 " in shape
    assert "verb2 " not in shape


def test_all_help_is_a_modal_with_yours_first_and_the_roles_of_the_rest() -> None:
    typed = match(TABLE, "/dw-incident", "help", "dw-")
    shape = fit_view(notes.all_help(typed, SAM))
    assert problems(shape) == []
    text = str(shape)
    for number in range(14):
        assert f"/dw-incident verb{number} <x>" in text
    assert text.index("verb6 ") < text.index("These need another role:") < text.index("verb7 ")
    assert "Does verb7 (admin)" in text
    guest = str(fit_view(notes.all_help(typed, GIL)))
    assert guest.index("verb6 ") < guest.index("Guests can read here.") < guest.index("verb0 ")


def test_every_command_of_the_table_has_help_that_fits_for_everybody_everywhere() -> None:
    typed = [row for row in COMMANDS if isinstance(row, Command)]
    for root in {row.root for row in typed}:
        asked = match(typed, root, "help", "")
        for person in (SAM, BOB, ANN, GIL):
            assert problems(fit_view(notes.all_help(asked, person))) == []
            for here in (Here.OPEN, Here.RESOLVED, Here.ELSEWHERE):
                sent(notes.help_of(asked, person, here))


def test_in_a_resolved_incidents_channel_help_offers_to_reopen_it() -> None:
    typed = [row for row in COMMANDS if isinstance(row, Command)]
    asked = match(typed, "/incident", "help", "")
    over, running = (sent(notes.help_of(asked, BOB, here)) for here in (Here.RESOLVED, Here.OPEN))
    assert "/incident reopen" in over
    assert "/incident resolve rolled back" not in over
    assert "/incident resolve rolled back" in running
    assert "/incident declare" not in running
    assert "'/incident'" in running
    assert "/incident checkout is slow" not in running


def test_a_command_that_is_not_ours_is_said_to_be_none() -> None:
    assert "/nonsense is not a command of ours." in sent(notes.unknown(match(TABLE, "/nonsense", "x", ""), ANN))


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
