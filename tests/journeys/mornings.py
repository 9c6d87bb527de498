"""Mornings for journeys: a settings file whose digest is due at any hour and on any day, and what a digest shows."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.journeys.stage import PATIENCE, Json, Stage, eventually, line_of

TEAM_CHANNEL = "platform-ops"
OTHER_TOKEN = "c0ffee00c0ffee00c0ffee00c0ffee00"  # a heartbeat's, of this stage only

PLAN = """
teams:
  - name: platform
    channel: "#platform-ops"
    timezone: {zone}
    digest: {{at: "{at}", days: [mon, tue, wed, thu, fri, sat, sun]}}
    services: [checkout, search]
{more_teams}
services:
  - name: checkout
    match: {{pagerduty: PSVC001, labels: {{service: checkout}}}}
  - name: search
    match: {{pagerduty: PSVC002, labels: {{service: search}}}}
incidents: {{announce: "#incidents", triage: "#alerts"}}
permissions:
  responder: ["@oncall", "U0BOB0001"]
  operator: ["@sre", "U0KIM0001"]
  admin: ["U0ANN0001"]
heartbeats:
  - {{name: nightly, schedule: "0 2 * * *", timezone: {zone}, token: {{env: DAYWATCH_EXAMPLE_HEARTBEAT}}}}
  - {{name: weekly, schedule: "0 3 * * 0", timezone: {zone}, token: {{env: WEEKLY_HEARTBEAT}}}}
"""
SECOND_TEAM = '  - {name: data, channel: "#random", timezone: Etc/UTC, digest: {at: "23:59"}}'


def zones() -> tuple[str, str]:
    """Two zones with the same hour now, a date apart, and no midnight near: yesterday's, today's."""
    ahead = 14 if datetime.now(UTC).hour in (11, 12) else 12
    return f"Etc/GMT+{24 - ahead}", f"Etc/GMT-{ahead}"


def wall(zone: str, **ago: float) -> str:
    """The time on the wall there, or so long before."""
    return f"{datetime.now(ZoneInfo(zone)) - timedelta(**ago):%H:%M}"


def plan(zone: str, at: str, more_teams: str = "") -> str:
    return PLAN.format(zone=zone, at=at, more_teams=more_teams)


def with_mornings(folder: Path, text: str) -> Stage:
    """A stage with two of the example systems and this settings file (`plan.yaml` in its folder)."""
    (folder / "plan.yaml").write_text(text)
    given = {"WEEKLY_HEARTBEAT": OTHER_TOKEN, "DAYWATCH_CONFIG": str(folder / "plan.yaml")}
    return Stage.set_up(folder, "--limits", "off", examples=("prometheus", "alertmanager"), **given)


def digests(stage: Stage) -> list[Json]:
    """Every digest in the team's channel, oldest first."""
    return [one for one in stage.channel(TEAM_CHANNEL)["messages"] if _event(one) == "daywatch_digest"]


def digest(stage: Stage, *words: str, without: str = "", seconds: float = PATIENCE) -> Json:
    """The newest digest, as soon as it says all of these words."""

    def said() -> Json:
        found = digests(stage)[-1]
        told = line_of(found)
        assert not (missing := [word for word in words if word not in told]), (missing, told)
        assert not without or without not in told, told
        return found

    return eventually(said, seconds)


def thread_of(stage: Stage, message: Json) -> list[Json]:
    messages = stage.channel(TEAM_CHANNEL)["messages"]
    return [one for one in messages if one.get("thread_ts") == message["ts"] and one["ts"] != message["ts"]]


def control(message: Json, action: str, item: str) -> dict[str, Any]:
    """What presses the control with this action that belongs to this item."""
    for block in message["blocks"]:
        for one in [*block.get("elements", []), block.get("accessory") or {}]:
            if one.get("action_id") != action:
                continue
            value = str(one.get("value", ""))
            if value.endswith(f":{item}"):
                return {"block_id": block["block_id"], "value": value}
    raise LookupError(f"no {action} for {item} in {line_of(message)}")


def press(stage: Stage, user: str, verb: str, item: str, message: Json | None = None) -> Json:
    """Press *Claim*, *Done* … of an item, in its full row."""
    shown = message or digest(stage)
    action = f"checklist.{verb}.v1"
    given = control(shown, action, item)
    came = stage.press(user, TEAM_CHANNEL, shown["ts"], action, **given)
    assert came["taken"], came
    return came


def pick(stage: Stage, user: str, verb: str, item: str) -> Json:
    """Choose from the small menu of an item's short row."""
    shown = digest(stage)
    for block in shown["blocks"]:
        menu = block.get("accessory") or {}
        wanted = [one["value"] for one in menu.get("options", []) if one["value"].startswith(f"{verb}:")]
        if any(value.endswith(f":{item}") for value in wanted):
            given = {"block_id": block["block_id"], "selected": wanted[0]}
            return stage.press(user, TEAM_CHANNEL, shown["ts"], menu["action_id"], **given)
    raise LookupError(f"no menu for {item} in {line_of(shown)}")


def told(stage: Stage, user: str, *words: str, since: int = 0) -> Json:
    """What only this person reads, as soon as it says all of these words."""

    def read() -> Json:
        fresh = stage.said_to(user)[since:]
        found = [one for one in fresh if all(word in line_of(one) for word in words)]
        assert found, [line_of(one) for one in fresh]
        return found[-1]

    return eventually(read)


def opened(stage: Stage, user: str, callback: str, *words: str) -> Json:
    """The modal in front of somebody, as soon as it is this one and says these words."""

    def there() -> Json:
        view = stage.view_of(user)
        assert view["callback_id"] == callback, view["callback_id"]
        assert not (missing := [word for word in words if word not in line_of(view)]), (missing, line_of(view))
        return view

    return eventually(there)


def close(stage: Stage, user: str) -> None:
    """Close whatever modals somebody has open."""
    if stage.state()["views"].get(user):
        stage.act("slack/close", user=user, view_id=stage.view_of(user)["id"], all=True)


def _event(message: Json) -> str:
    return str((message.get("metadata") or {}).get("event_type", ""))
