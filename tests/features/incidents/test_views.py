"""How an incident looks: within Slack's limits and harmless, however much there is and whatever is written in it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.domain.alert import AlertState
from bot.domain.incident import Incident, State
from bot.domain.suspicion import Silent
from bot.domain.timeline import Moment
from bot.features.incidents import around, forms, lists, views
from bot.features.incidents.forms import Draft
from bot.features.incidents.views import Seen
from bot.slack.fit import Size, fit, fit_view
from bot.slack.flatten import words_of
from bot.slack.limits import problems
from bot.slack.message import Json, Message, View
from bot.store.alerts import AlertRow, Place
from bot.store.pending import Pending
from bot.store.tasks import Task
from tests.changes import changed, recorded
from tests.features.incidents.world import BEGAN, PLAN, alert
from tests.slack.hostile import TEXTS

NOW = BEGAN + timedelta(minutes=19)
CHECKOUT = Incident(
    id=142,
    title="Checkout: 5xx at 12 %",
    severity="sev1",
    status=State.INVESTIGATING,
    team="platform",
    service="checkout",
    channel="C0INC142",
    channel_name="inc-142-checkout-5xx",
    opened_at=BEGAN,
    changed_at=BEGAN,
    responders=("U0ANN0001", "U0BOB0001"),
    links=({"title": "Dashboard", "url": "https://grafana.example.com/d/abc"},),
    update_due_at=BEGAN + timedelta(minutes=30),
    runbook={
        "slug": "checkout-5xx",
        "title": "Checkout answers 5xx",
        "reason": "matches the alert name",
        "steps": ["Look at the pool", "Roll back", "Call the provider"],
        "total": 9,
        "others": 2,
    },
)


def row(at: int = 1, **values: Any) -> AlertRow:
    one = alert(id=f"Q{at}", **values)
    return AlertRow(
        id=at,
        alert=one,
        service="checkout",
        severity="sev1",
        place=Place.INCIDENT,
        incident=142,
        count=1,
        started_at=BEGAN,
        cleared_at=None if one.state is AlertState.FIRING else NOW,
        acknowledged_at=None,
        acknowledged_by=None,
        quiet_until=None,
        reason="",
    )


def seen(incident: Incident = CHECKOUT, alerts: Sequence[AlertRow] = (), **values: Any) -> Seen:
    usual: dict[str, Any] = {"names": lambda user: user or "nobody", "moments": 3, "tasks": (1, 3)}
    return Seen(
        incident=incident,
        severity=PLAN.severity(incident.severity),
        rank=PLAN.rank(incident.severity),
        alerts=alerts or [row()],
        now=NOW,
        **usual | values,
    )


def sent(message: Message) -> Json:
    shape = fit(message, key="k")
    assert problems(shape) == []
    return shape


def opened(view: View) -> Json:
    shape = fit_view(view)
    assert problems(shape) == []
    return shape


def everywhere(text: str) -> Incident:
    """An incident in which everything that people and vendors write says the same."""
    return replace(
        CHECKOUT,
        title=text or "x",
        service=text[:60] or None,
        impact=text,
        last_update=text,
        last_update_at=NOW,
        told=text,
        told_at=NOW,
        acknowledged_by=text,
        acknowledged_at=NOW,
        channel_name=text[:80] or None,
        missing={text or "x": text},
        links=[{"title": text, "url": text}, {"title": text, "url": "https://x.example/" + text[:50]}],
        runbook={"slug": "a-slug", "title": text, "reason": "fits", "steps": [text] * 5, "total": 5, "others": 3},
    )


def all_of(incident: Incident, text: str) -> list[Message | View]:
    """Every message and every form about one incident."""
    silent = [Silent(name=text or "x", tells="deployments")] * 4
    wild: dict[str, Any] = {"title": text, "by": text, "version": text, "environment": text, "url": text}
    found = [recorded(n, n * 3, places=(text,), **wild) for n in range(1, 9)]
    many = seen(
        incident,
        [row(n, title=text, url=text, number=text[:60]) for n in range(4)],
        names=lambda _: text,
        changed=changed(*found, service=text[:60] or None, silent=silent),
    )
    moments = [Moment(at=BEGAN, kind="note", words=text, who=text) for _ in range(20)]
    task = Task(id=1, title=text or "x", owner="U1", due_at=None, done_at=None, done_by=None)
    failed = Pending(
        flow_key="incident:142:open",
        step="create",
        reason=text,
        attempt=3,
        tries=8,
        next_try_at=NOW,
        final=False,
        outcome=None,
        at=NOW,
    )
    ended = replace(incident, status=State.RESOLVED, resolved_at=NOW, resolved_by=text or "x")
    return [
        views.card(many),
        views.card(replace(many, incident=ended)),
        views.card(replace(many, changed=changed(service=text[:60] or None, silent=silent))),
        views.card(replace(many, changed=changed(service=text[:60] or None, others=3))),
        views.announcement(many),
        views.announcement(replace(many, incident=ended)),
        around.update(many, text, text),
        around.nudge(incident, ["U1"] * 30, BEGAN, NOW),
        around.nudge_over(incident, NOW, by=text),
        around.cleared(incident),
        around.merged(incident, incident),
        around.channel_gone(replace(incident, gone="archived")),
        around.tasks(incident, [replace(task, id=n) for n in range(1, 40)], [text] * 39),
        around.pending(failed, NOW, None),
        around.pending(replace(failed, outcome="done"), NOW, None),
        around.pending(replace(failed, final=True), NOW, None),
        around.catch_up(many, moments),
        lists.overview([incident] * 20, PLAN, lambda _: text, NOW, older="open:1"),
        lists.timeline(incident, moments, total=500, offset=20, key_only=False, now=NOW),
        lists.copied(incident, lists.as_markdown(incident, moments * 25)),
        forms.declare(
            PLAN,
            Draft(title=text, service="checkout", link=text),
            will=f"In {PLAN.incidents.announce}",
            alike=[incident] * 3,
            now=NOW,
        ),
        forms.update(incident, PLAN, NOW, audience="#incidents and 3 followers", text=text),
        forms.preview(
            incident,
            text=text,
            status="identified",
            audience=("channel", "stakeholders"),
            minutes=30,
            where="#incidents",
        ),
        forms.update(incident, PLAN, NOW, audience=text, text=text, pages=(text,), chosen=("channel", "public")),
        forms.preview(
            incident,
            text="x",
            status="identified",
            audience=("channel", "public"),
            minutes=30,
            where=text,
            public=(text, text, text[:1000]),
        ),
        forms.resolve(incident, PLAN, NOW, firing=1000, pages=(text,)),
        forms.severity(incident, PLAN),
        forms.roles(replace(incident, lead="U0ANN0001")),
        forms.page(incident, lambda _: text),
        forms.merge(incident, [incident] * 150),
        forms.merge(incident, []),
        forms.note(incident, text),
        forms.task(incident),
        forms.ended(ended, text),
        lists.ready(incident),
    ]


@pytest.mark.parametrize(
    "text", [*TEXTS.values(), "x" * 3000, "*_~`<!channel>`~_*" * 100], ids=[*TEXTS, "3000", "all at once"]
)
def test_everything_fits_and_nothing_acts_whatever_is_written_in_it(text: str) -> None:
    for one in all_of(everywhere(text), text):
        shape = sent(one) if isinstance(one, Message) else opened(one)
        _harmless(shape)


def _harmless(node: object) -> None:
    """No mrkdwn in it mentions, links or formats with what somebody else wrote."""
    if isinstance(node, dict):
        if node.get("type") == "mrkdwn":
            words = str(node["text"])
            for harmful in (
                "<!channel",
                "<!here",
                "<!everyone",
                "<!subteam",
                "<@U024BE7LH>",
                "<https://evil",
                "<!date^1^",
            ):
                assert harmful not in words, words
        for value in node.values():
            _harmless(value)
    elif isinstance(node, list):
        for value in node:
            _harmless(value)


def test_notifications_are_short_and_mention_nobody() -> None:
    for one in all_of(everywhere(TEXTS["channel ping"]), TEXTS["channel ping"]):
        if isinstance(one, Message):
            text = sent(one)["text"]
            assert len(text) <= 400
            assert "<!" not in text
            assert "<@" not in text


@pytest.mark.parametrize("status", list(State))
def test_the_controls_of_the_card_follow_its_state(status: State) -> None:
    over = status in (State.RESOLVED, State.CLOSED, State.MERGED)
    incident = replace(CHECKOUT, status=status, resolved_at=NOW if over else None, resolved_by="Bob" if over else None)
    shape = str(sent(views.card(seen(incident, merged_name="INC-9"))))
    assert (views.ACKNOWLEDGE in shape) is not over
    assert (views.RESOLVE in shape) is not over
    assert (views.REOPEN in shape) is (status is State.RESOLVED)
    assert views.TIMELINE in shape


def test_acknowledge_goes_once_done_and_take_lead_once_there_is_one() -> None:
    shape = str(sent(views.card(seen(replace(CHECKOUT, acknowledged_at=NOW, acknowledged_by="Bob", lead="U0ANN0001")))))
    assert views.ACKNOWLEDGE not in shape
    assert views.LEAD not in shape
    assert "*Acknowledged* by Bob" in shape


def test_a_storm_of_a_thousand_alerts_is_one_line_with_totals() -> None:
    alerts = [
        row(n, labels={"job": "api" if n < 600 else "search" if n < 900 else f"other-{n % 4}"}) for n in range(1000)
    ]
    shape = str(sent(views.card(seen(alerts=alerts))))
    assert "Firing (1000): " in shape
    assert "'api'" in shape
    assert "' 600'" in shape
    assert ", 4 others 100" in shape


def test_few_alerts_are_listed_with_their_links_and_many_cleared_are_counted() -> None:
    alerts = [row(1), row(2, state=AlertState.RESOLVED)]
    shape = str(sent(views.card(seen(alerts=alerts))))
    assert "Firing (1)" in shape
    assert "PD #812 Checkout: 5xx at 12 %" in shape
    gone = [row(n, state=AlertState.RESOLVED) for n in range(7)]
    assert "all 7 cleared" in str(sent(views.card(seen(alerts=gone))))


def test_a_full_timeline_turns_its_pages() -> None:
    moments = [Moment(at=BEGAN, kind="alert", words=f"moment {n} " + "x" * 400) for n in range(20)]
    first = str(opened(lists.timeline(CHECKOUT, moments, total=500, offset=0, key_only=True, now=NOW)))
    last = str(opened(lists.timeline(CHECKOUT, moments, total=500, offset=480, key_only=True, now=NOW)))
    assert "INC-142:key:20" in first
    assert "Earlier" not in first
    assert "INC-142:key:460" in last
    assert "Later moments" not in last
    assert "500 key moments" in first
    for number in range(20):
        assert f"moment {number} " in first


def test_five_hundred_moments_are_copied_whole() -> None:
    moments = [Moment(at=BEGAN, kind="alert", words=f"moment {n}") for n in range(500)]
    text = lists.as_markdown(CHECKOUT, moments)
    shape = str(opened(lists.copied(CHECKOUT, text)))
    assert "moment 0" in shape
    assert "moment 499" in shape


def test_empty_things_say_so() -> None:
    assert "Nothing yet." in str(opened(lists.timeline(CHECKOUT, [], total=0, offset=0, key_only=True, now=NOW)))
    assert "No incident yet" in str(sent(lists.overview([], PLAN, str, NOW, older=None)))
    bare = replace(CHECKOUT, service=None, responders=(), runbook=None, links=(), update_due_at=None)
    shape = str(sent(views.card(seen(bare, tasks=(0, 0), moments=0))))
    assert "nobody found yet" in shape
    assert "No tasks" in shape
    assert "looking" in shape
    none_yet = str(sent(views.card(seen(replace(CHECKOUT, runbook={"slug": ""})))))
    assert "none for checkout yet" in none_yet


def test_a_private_one_has_no_title_in_the_list() -> None:
    shape = str(sent(lists.overview([replace(CHECKOUT, private=True, title="leaked")], PLAN, str, NOW, older=None)))
    assert "leaked" not in shape
    assert "C0INC142" not in shape


def test_the_topic_is_plain_and_short() -> None:
    words = views.topic(seen(everywhere(TEXTS["channel ping"]), names=lambda _: TEXTS["marks"]))
    assert len(words) <= 250
    assert "\n" not in words


def test_the_services_of_a_large_house_are_searched_for() -> None:
    services = [{"name": f"service-{n}"} for n in range(150)]
    plan = PLAN.model_validate({"services": services})
    shape = str(opened(forms.declare(plan, Draft(service="service-7"), will="x", alike=[], now=NOW)))
    assert "external_select" in shape


@pytest.mark.parametrize(
    ("name", "draw"),
    [
        (
            "card",
            lambda: views.card(seen(replace(CHECKOUT, acknowledged_at=NOW, acknowledged_by="Bob"), [row(), row(2)])),
        ),
        ("card with changes", lambda: views.card(seen(changed=changed(recorded(1, 13), recorded(2, 50))))),
        ("announcement", lambda: views.announcement(seen(replace(CHECKOUT, told="Payments fail.", told_at=NOW)))),
    ],
)
def test_what_everybody_sees(name: str, draw: Callable[[], Message], snapshot: SnapshotAssertion) -> None:
    assert sent(draw()) == snapshot(name=name)


@pytest.mark.parametrize("status", list(State))
def test_the_card_has_one_way_to_the_timeline(status: State) -> None:
    drawn = str(sent(views.card(seen(replace(CHECKOUT, status=status)))))
    assert drawn.count(f"'{views.TIMELINE}'") == 1


def test_the_end_of_a_form_leaves_nothing_under_it_to_send_once_more() -> None:
    """The composer lies under its preview: closing the last view must not bring it back."""
    assert opened(forms.done("Posted", "The update is posted."))["clear_on_close"]
    assert opened(forms.ended(CHECKOUT, "what was typed"))["clear_on_close"]


def test_failed_steps_are_named_in_words() -> None:
    assert around.what_failed("bookmark 1") == "Slack did not add a bookmark"
    assert around.what_failed("tell U0KIM0001") == "A follower was not told of the update"


def test_a_merged_one_points_to_where_its_alerts_are() -> None:
    merged = replace(seen(replace(CHECKOUT, status=State.MERGED), merged_name="INC-9"), alerts=())
    assert "a person declared it" not in str(sent(views.card(merged)))
    assert "see INC-9" in str(sent(views.card(merged)))


@pytest.mark.parametrize(
    ("states", "older", "head"),
    [
        ((State.IDENTIFIED, State.RESOLVED, State.CLOSED), None, "1 open, 2 resolved lately"),
        ((State.INVESTIGATING,), None, "1 open"),
        ((State.RESOLVED, State.MERGED), None, "Nothing is open, 1 resolved and 1 merged lately"),
        ((State.INVESTIGATING,) * 20, "open:7", "20 open and more"),
    ],
)
def test_the_list_is_counted_in_plain_words(states: Sequence[State], older: str | None, head: str) -> None:
    found = [replace(CHECKOUT, id=number, status=state) for number, state in enumerate(states, 1)]
    shape = sent(lists.overview(found, PLAN, str, NOW, older=older))
    assert words_of(shape["blocks"][0]) == head


def test_when_room_is_short_one_change_stays_and_the_rest_is_counted() -> None:
    long = "what was done in very many words " * 3
    found = [recorded(n, n * 10, title=long, by=long, version=long) for n in range(1, 5)]
    full = seen(changed=changed(*found), alerts=[row(n, title=long) for n in range(4)])
    roomy = views.card(full)
    tight = fit(roomy, Size(14, 1200), key="k")
    words = "\n".join(words_of(block) for block in tight["blocks"])
    assert problems(tight) == []
    assert "10\u00a0min before" in words
    assert "20\u00a0min before" not in words
    assert "and 3 more" in words
    assert "Look at the pool" not in words, "the steps of the runbook went first"
    assert "Firing (4)" in words
