"""Whatever comes to which replica, and how often: it happens once, in its order, and shows one truth."""

import threading
import time
from collections.abc import Callable

import pytest

from tests.journeys.stage import ANN, BOB, BOT, SAM, Json, cards, drawn_text, eventually, line_of, number_of
from tests.replicas.house import House
from tests.replicas.signed import command, event

pytestmark = [pytest.mark.crash, pytest.mark.program("postgres")]


def at_once(*doing: Callable[[], object]) -> None:
    """All of it at the same moment."""
    threads = [threading.Thread(target=one) for one in doing]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)


def test_one_delivery_five_times_to_both_replicas_is_one_incident(house: House) -> None:
    notice = house.notice("triggered", "QFIVETIMES", title="Amber: five times to both", urgency="high")
    assert house.to_all(notice, times=5) == [202] * 10
    channel = house.opened("Amber")
    house.quiet()
    assert len(house.channels("Amber")) == 1
    assert len(cards(house.channel(channel["id"]))) == 1
    assert house.stored("SELECT count(*) FROM delivery WHERE object_key LIKE ?", "%QFIVETIMES%") == [(1,)]


def test_alerts_of_one_service_on_both_replicas_at_once_join_one_incident(house: House) -> None:
    def pages(number: int) -> Callable[[], object]:
        service = {"id": "PSVC002", "type": "service_reference", "summary": "search"}
        notice = house.notice(
            "triggered", f"QJOIN{number}", title=f"Birch {number}", urgency="high", service=service, priority=None
        )
        door = house.replicas[number % 2].door
        return lambda: house.webhook_at(door, notice)

    at_once(*(pages(number) for number in range(10)))
    channel = house.opened("Birch")
    house.card_says(channel, "Firing (10)")
    assert house.stored("SELECT count(DISTINCT incident_id) FROM alert WHERE title LIKE ?", "Birch%") == [(1,)]
    assert len(house.channels("Birch")) == 1


def test_a_person_is_heard_by_either_replica(house: House) -> None:
    house.says(BOB, "general", "/incident declare Cedar: by hand sev2", "Opening INC-")
    channel = house.opened("Cedar")
    card = cards(channel)[0]["ts"]
    assert house.press(BOB, channel["id"], card, "incidents.acknowledge.v1")["taken"]
    house.card_says(channel, "Acknowledged* by Bob")
    assert house.press(BOB, channel["id"], card, "incidents.resolve.v1")["taken"]
    eventually(lambda: house.view_of(BOB)["callback_id"] == "incidents.resolve_form.v1")
    assert house.submit(BOB, fixed="turned it off and on")["taken"]
    house.card_says(channel, "*resolved* after", "by Bob")


def test_a_command_that_reaches_both_replicas_is_done_once(house: House) -> None:
    ask = command(house, BOB, "general", "/incident declare Dogwood: told to both sev2")
    one, other = house.replicas
    at_once(*(lambda door=door: ask.sent_to(door) for door in (one.door, other.door, one.door, other.door)))
    assert [answer.status_code for answer in ask.answers] == [200] * 4
    house.opened("Dogwood")
    house.quiet()
    assert len(house.channels("Dogwood")) == 1


def test_an_event_that_reaches_both_replicas_is_done_once(house: House) -> None:
    house.page("Elder: with something worth keeping")
    channel = house.opened("Elder")
    house.act("slack/join", user=ANN, channel=channel["id"])
    said = house.say(ANN, channel["id"], "keep this once")
    pin = {"type": "reaction_added", "user": ANN, "reaction": "pushpin", "item_user": ANN, "event_ts": said["ts"]}
    told = event(house, pin | {"item": {"type": "message", "channel": channel["id"], "ts": said["ts"]}})
    at_once(*(lambda door=door: told.sent_to(door) for one in house.replicas for door in (one.door, one.door)))
    assert [answer.status_code for answer in told.answers] == [200] * 4
    eventually(lambda: house.timeline(channel, "message"))
    house.quiet()
    assert house.timeline(channel, "message") == ["Ann: keep this once"]


def test_notices_about_one_thing_keep_their_order_over_both_replicas(house: House) -> None:
    """Alternately to one and the other: whoever is at the first, nobody is at the second before it is done."""
    doors = [one.door for one in house.replicas]
    names = [f"QORDER{number}" for number in range(6)]
    for name in names:
        service = {"id": f"P{name}", "type": "service_reference", "summary": "Something new"}
        for number, kind in enumerate(("triggered", "acknowledged", "resolved")):
            notice = house.notice(kind, name, title=f"Fir {name}", urgency="high", service=service, priority=None)
            assert house.webhook_at(doors[number % 2], notice).status_code == 202

    def over() -> bool:
        rows = house.stored("SELECT state, acknowledged_at IS NOT NULL FROM alert WHERE alert_id LIKE ?", "QORDER%")
        assert rows == [("resolved", True)] * 6, rows
        return True

    eventually(over)
    undone = "SELECT count(*) FROM delivery WHERE done_at IS NULL"
    eventually(lambda: house.stored(undone) == [(0,)])
    order = "SELECT count(*) FROM delivery later JOIN delivery earlier USING (source, object_key)"
    # Of these only: a note that came before its incident is heard a second time, and done after what came behind it.
    order += " WHERE later.id > earlier.id AND later.done_at < earlier.done_at AND object_key LIKE 'QORDER%'"
    assert house.stored(order) == [(0,)]


def test_one_card_shows_the_last_truth_whoever_draws_it(house: House) -> None:
    house.page("Gingko: many changes")
    channel = house.opened("Gingko")
    house.act("slack/join", user=BOB, channel=channel["id"])
    asks = [command(house, BOB, channel["id"], f"/incident severity {word}") for word in ("sev1", "sev2", "sev3") * 4]
    at_once(*(lambda ask=ask, at=at: ask.sent_to(house.replicas[at % 2].door) for at, ask in enumerate(asks)))
    ((severity,),) = house.stored("SELECT severity FROM incident WHERE id = ?", number_of(channel))
    house.card_says(channel, str(severity).upper())
    house.quiet()
    (card,) = cards(house.channel(channel["id"]))
    assert str(severity).upper() in line_of(card)
    behind = "SELECT key FROM message WHERE wanted > shown AND NOT gone"
    assert eventually(lambda: house.stored(behind) == [])


def test_what_one_replica_opened_the_other_knows_within_seconds(house: House) -> None:
    """A viewer who leads may do what responders may, and that is known from memory."""
    house.says(BOB, "general", "/incident declare Hazel: led by a viewer sev3", "Opening INC-")
    channel = house.opened("Hazel")
    house.act("slack/join", user=SAM, channel=channel["id"])
    assert (
        command(house, BOB, channel["id"], f"/incident role lead <@{SAM}>").sent_to(house.replicas[0].door).is_success
    )
    house.card_says(channel, "*Lead* Sam")

    def allowed() -> bool:
        command(house, SAM, channel["id"], "/incident timeline seen by sam").sent_to(house.replicas[1].door)
        return any("seen by sam" in words for words in house.timeline(channel))

    assert eventually(allowed, 6)


def test_reminders_come_once_although_both_replicas_have_a_clock(house: House) -> None:
    house.says(BOB, "general", "/incident declare Ivy: nobody writes sev4", "Opening INC-")
    channel = house.opened("Ivy")
    due = "UPDATE incident SET update_due_at = now() - interval '1 minute' WHERE id = ? RETURNING id"

    def reminders() -> list[Json]:
        messages = house.channel(channel["id"])["messages"]
        return [
            one for one in messages if "update" in drawn_text(one).lower() and one not in cards({"messages": [one]})
        ]

    before = len(reminders())
    house.stored(due, number_of(channel))
    eventually(lambda: len(reminders()) == before + 1)
    time.sleep(3)  # several strikes of both clocks
    assert len(reminders()) == before + 1
    assert house.stored("SELECT nudged FROM incident WHERE id = ?", number_of(channel)) == [(1,)]


def test_a_digest_that_both_replicas_find_due_is_posted_once(house: House) -> None:
    def posted() -> list[Json]:
        messages = house.channel("platform-ops")["messages"]
        return [one for one in messages if one["user"] == BOT and one.get("thread_ts", one["ts"]) == one["ts"]]

    eventually(lambda: house.stored("SELECT count(*) FROM digest WHERE posted_at IS NOT NULL") == [(1,)])
    assert len(posted()) == 1, [drawn_text(one) for one in posted()]
    assert house.stored("SELECT count(*) FROM digest") == [(1,)]
    flows = "SELECT count(*) FROM engine.workflow_status WHERE name = 'checklist.digest'"
    assert house.stored(flows) == [(1,)]
