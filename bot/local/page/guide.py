"""The first two minutes: seven hints, one at a time, each ticked by what really happened."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from bot.local.slack.things import Channel, Json
from bot.local.slack.world import World

_KIND: Final = "page.guide"
_PIN: Final = "pushpin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the hints are judged by."""

    world: World
    pages: list[Json]  # PagerDuty's incidents
    tickets: list[Json]  # Jira's cards, each with its status
    details_opened: bool = False

    def channel(self) -> Channel | None:
        """The newest channel the app made."""
        app = self.world.ids.bot_user
        made = [each for each in self.world.channels.values() if each.creator == app and not each.direct]
        return made[-1] if made else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One hint, where to go for it, and how it is known to be done."""

    hint: str
    go: Callable[[Seen], dict[str, str]]
    done: Callable[[Seen], bool]
    press: str = ""
    """What is to be pressed, as the beginning of its action id: the message that has it is shown."""


def _in_channel(seen: Seen) -> dict[str, str]:
    channel = seen.channel()
    return {"place": channel.id, "on": "chat"} if channel else {}


def _where(seen: Seen, place: str, press: str) -> str:
    """The page's id of the newest message on which something can be pressed."""
    if not press or place not in seen.world.channels:
        return ""
    having = [each for each in seen.world.in_order(place) if f"'{press}" in str(each.blocks)]
    return f"m{having[-1].ts.replace('.', '')}" if having else ""


def _on_timeline(seen: Seen) -> bool:
    own = {each.id for each in seen.world.channels.values() if each.creator == seen.world.ids.bot_user}
    people = {each.id for each in seen.world.real_people()}
    return any(
        one["name"] == _PIN and people.intersection(one["users"])
        for channel in own
        for message in seen.world.messages.get(channel, {}).values()
        for one in message.reactions
    )


STEPS: Final = (
    Step(
        hint="Here is this morning’s digest. Press *Details* on the red row.",
        go=lambda _: {"place": "C0PLATOPS", "on": "chat"},
        done=lambda seen: seen.details_opened,
        press="checklist.details",
    ),
    Step(
        hint="Something breaks: press *Raise* in PagerDuty.",
        go=lambda _: {"side": "pagerduty", "on": "side"},
        done=lambda seen: bool(seen.pages),
    ),
    Step(
        hint="A channel appeared. Open it; press *Acknowledge* and watch PagerDuty.",
        go=_in_channel,
        done=lambda seen: any(each["status"] in {"acknowledged", "resolved"} for each in seen.pages),
        press="incidents.acknowledge",
    ),
    Step(
        hint="Put a message on the timeline: point at it (on a phone press ⋯), then press 📌.",
        go=_in_channel,
        done=_on_timeline,
    ),
    Step(
        hint="Press *Resolve*.",
        go=_in_channel,
        done=lambda seen: any(each["status"] == "resolved" for each in seen.pages),
        press="incidents.resolve",
    ),
    Step(
        hint="Write the postmortem: it is drafted; file it.",
        go=_in_channel,
        done=lambda seen: bool(seen.tickets),
        press="postmortems.write",
    ),
    Step(
        hint="{ticket} is on the Jira board. Move it to Done and look at the channel.",
        go=lambda _: {"side": "jira", "on": "side"},
        done=lambda seen: any(each["status"] == "Done" for each in seen.tickets),
    ),
)
END: Final = "That was the whole circle. Try `/incident drill`, or break something in Faults."


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The guide as it is drawn: the hint for now, how far it is, where it leads."""

    hint: str
    done: int
    of: int
    go: dict[str, str]
    ended: bool
    at: str = ""
    """The element to be shown there."""


@dataclass(slots=True, kw_only=True)
class Guide:
    """Remembered over a restart: what was ticked, and whether the visitor sent it away."""

    world: World
    _ticked: set[int] = field(init=False)
    _away: bool = field(init=False)

    def __post_init__(self) -> None:
        kept: dict[str, Any] = self.world.shelf.get(_KIND, _KIND) or {}
        self._ticked = set(kept.get("ticked", ()))
        self._away = bool(kept.get("away"))

    @property
    def left(self) -> bool:
        return self._away

    def look(self, seen: Seen) -> Card | None:
        """Tick what has happened, and give the first hint that is open; None once it was sent away."""
        if self._away:
            return None
        now_done = {number for number, step in enumerate(STEPS) if number not in self._ticked and step.done(seen)}
        if now_done:
            self._ticked |= now_done
            self._save()
        open_steps = [number for number in range(len(STEPS)) if number not in self._ticked]
        if not open_steps:
            return Card(hint=END, done=len(STEPS), of=len(STEPS), go={"side": "faults", "on": "side"}, ended=True)
        step = STEPS[open_steps[0]]
        ticket = str(seen.tickets[0]["key"]) if seen.tickets else "The ticket"
        hint = step.hint.replace("{ticket}", ticket)
        go = step.go(seen)
        at = _where(seen, go.get("place", ""), step.press)
        return Card(hint=hint, done=len(self._ticked), of=len(STEPS), go=go, ended=False, at=at)

    def skip(self) -> None:
        """Tick the hint that shows now, so that the next one comes."""
        self._ticked.add(min(set(range(len(STEPS))) - self._ticked, default=0))
        self._save()

    def leave(self) -> None:
        self._away = True
        self._save()

    def begin_again(self) -> None:
        self._away, self._ticked = False, set()
        self._save()

    def pressed(self, given: Json) -> bool:
        """Whether a press asks for the details of a row of the digest."""
        action, picked = str(given.get("action_id", "")), str(given.get("selected") or given.get("value") or "")
        from_menu = action.startswith("checklist.") and picked.startswith("details:")
        return from_menu or action.startswith("checklist.details")

    def _save(self) -> None:
        self.world.shelf.put(_KIND, _KIND, {"ticked": sorted(self._ticked), "away": self._away})
        self.world.changed()
