"""In step with PagerDuty, both ways and without echo: what waits in triage, who has it, that it is over."""

from typing import Any

from tests.journeys.stage import ANN, BOB, Json, Stage, actions_of, cards, drawn_text, eventually, line_of, number_of


def resolution(stage: Stage, incident: str, **data: Any) -> Json:
    """PagerDuty says that the monitoring cleared it."""
    return stage.notice("resolved--by-its-service", incident, **data)


def triage(stage: Stage, word: str) -> Json:
    """The triage message of an alert, as soon as it is there."""

    def there() -> Json:
        (only,) = [one for one in stage.channel("alerts")["messages"] if word in line_of(one)]
        found: Json = only
        return found

    return eventually(there)


def test_low_urgency_waits_in_triage_until_somebody_declares_it(stage: Stage) -> None:
    stage.raise_incident("Garnet: disk fills slowly", service="search", urgency="low")
    message = triage(stage, "Garnet")
    assert stage.channels("Garnet") == []
    stage.press(BOB, "alerts", message["ts"], "alerts.declare.v1")
    channel = stage.opened("Garnet")
    stage.card_says(channel, "Firing (1)")

    def moved() -> bool:
        told = line_of(triage(stage, "Garnet"))
        assert f"Part of INC-{number_of(channel)}" in told, told
        return True

    eventually(moved)
    assert "alerts.declare.v1" not in actions_of(triage(stage, "Garnet"))


def test_a_triage_alert_that_clears_says_so_in_place(stage: Stage) -> None:
    pager = stage.page("Gold: a certificate ends soon", urgency="low")
    message = triage(stage, "Gold")
    stage.webhook(resolution(stage, pager, title="Gold: a certificate ends soon", urgency="low"))

    def over() -> bool:
        now = triage(stage, "Gold")
        assert now["ts"] == message["ts"]
        assert not actions_of(now)
        return True

    eventually(over)


def test_acknowledged_in_slack_is_acknowledged_in_pagerduty_once(stage: Stage) -> None:
    pager = stage.raise_incident("Hazel: checkout is down")
    channel = stage.opened("Hazel")
    stage.press(BOB, channel["id"], cards(channel)[0]["ts"], "incidents.acknowledge.v1")
    eventually(lambda: stage.pager(pager)["status"] == "acknowledged")
    stage.card_says(channel, "Acknowledged* by Bob")
    stage.quiet()
    assert len(stage.timeline(channel, "acknowledged")) == 1
    assert [one["kind"] for one in stage.pager(pager)["log"]].count("acknowledge") == 1
    assert "incidents.acknowledge.v1" not in actions_of(stage.card(channel))


def test_acknowledged_in_pagerduty_is_acknowledged_here(stage: Stage) -> None:
    pager = stage.raise_incident("Indigo: checkout is down")
    channel = stage.opened("Indigo")
    stage.pager_act("acknowledge", pager, user="bob")
    stage.card_says(channel, "Acknowledged* by Bob Brown")


def test_resolved_in_pagerduty_by_a_person_is_resolved_here(stage: Stage) -> None:
    pager = stage.raise_incident("Ivory: checkout is down")
    channel = stage.opened("Ivory")
    stage.pager_act("resolve", pager, user="bob")
    stage.card_says(channel, "*resolved* after", "by Bob Brown")
    eventually(lambda: "resolved" in line_of(stage.announcement(channel)))


def test_resolved_in_slack_is_resolved_in_pagerduty_without_echo(stage: Stage) -> None:
    pager = stage.raise_incident("Jade: checkout is down")
    channel = stage.opened("Jade")
    stage.press(BOB, channel["id"], cards(channel)[0]["ts"], "incidents.resolve.v1")
    eventually(lambda: stage.view_of(BOB)["callback_id"] == "incidents.resolve_form.v1")
    came = stage.submit(BOB, fixed="rolled back to 2.14.0")
    assert came["taken"], came
    eventually(lambda: stage.pager(pager)["status"] == "resolved")
    stage.card_says(channel, "*resolved* after", "by Bob")
    stage.quiet()
    assert len(stage.timeline(channel, "resolved")) == 1
    assert [one["kind"] for one in stage.pager(pager)["log"]].count("resolve") == 1
    assert stage.status(channel) == "resolved"


def test_an_unticked_box_leaves_pagerduty_alone(stage: Stage) -> None:
    pager = stage.raise_incident("Khaki: checkout is down")
    channel = stage.opened("Khaki")
    stage.press(BOB, channel["id"], cards(channel)[0]["ts"], "incidents.resolve.v1")
    eventually(lambda: stage.view_of(BOB)["callback_id"] == "incidents.resolve_form.v1")
    stage.submit(BOB, fixed="it is a drill", then=["tell"])
    stage.card_says(channel, "*resolved* after")
    stage.quiet()
    assert stage.pager(pager)["status"] == "triggered"
    stage.pager_act("resolve", pager)


def test_an_untouched_incident_resolves_when_its_alert_clears(stage: Stage) -> None:
    pager = stage.page("Lemon: a blip")
    channel = stage.opened("Lemon")
    stage.webhook(resolution(stage, pager, title="Lemon: a blip"))
    stage.card_says(channel, "*resolved* after", "by itself")
    assert stage.timeline(channel, "resolved") == ["Cleared by itself"]


def test_an_incident_that_people_work_on_asks_its_lead_when_its_alert_clears(stage: Stage) -> None:
    pager = stage.page("Lilac: not a blip")
    channel = stage.opened("Lilac")
    stage.act("slack/join", user=ANN, channel=channel["id"])
    stage.press(ANN, channel["id"], cards(channel)[0]["ts"], "incidents.lead.v1")
    stage.card_says(channel, "*Lead* Ann")
    stage.webhook(resolution(stage, pager, title="Lilac: not a blip"))
    stage.card_says(channel, "All alerts cleared")

    def asked() -> bool:
        last = stage.channel(channel["id"])["messages"][-1]
        assert f"<@{ANN}>" in drawn_text(last) or ANN in str(last["blocks"]), last
        return "incidents.resolve.v1" in actions_of(last)

    eventually(asked)
    assert stage.status(channel) == "investigating"
