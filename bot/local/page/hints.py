"""What the composer offers while somebody types: commands with their hints, people, groups and channels."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bot.local.slack.things import Channel
from bot.local.slack.world import World

_MOST_LEARNED: Final = 50
_LONGEST: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """One line of the list: what it puts into the composer, and what it says beside it."""

    insert: str
    shows: str
    says: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcut:
    """Something the app offers on any message."""

    callback: str
    name: str
    does: str


@dataclass(slots=True, kw_only=True)
class Hints:
    """From the app's manifest when it was given; what people typed is remembered all the same."""

    world: World
    manifest: Mapping[str, Any] = field(default_factory=dict)
    _typed: Counter[str] = field(default_factory=Counter)

    def learn(self, command: str, text: str) -> None:
        """Remember a command that was taken, with its first word when that looks like a verb."""
        first = text.split(" ", 1)[0]
        whole = f"{command} {first}" if first.isalpha() and first.islower() and len(first) < 12 else command
        if len(whole) <= _LONGEST and (whole in self._typed or len(self._typed) < _MOST_LEARNED):
            self._typed[whole] += 1

    def all(self, channels: list[Channel]) -> Iterator[Hint]:
        yield from self._commands()
        for person in self.world.users.values():
            if person.id != "USLACKBOT" and not person.deleted:
                yield Hint(insert=f"@{person.name} ", shows=f"@{person.name}", says=person.real_name)
        for group in self.world.groups.values():
            yield Hint(insert=f"@{group.handle} ", shows=f"@{group.handle}", says=group.name)
        for channel in channels:
            yield Hint(insert=f"#{channel.name} ", shows=f"#{channel.name}", says=channel.purpose.value)

    def shortcuts(self) -> list[Shortcut]:
        """What the app's manifest puts into the menu of every message."""
        given = self._features("shortcuts")
        return [
            Shortcut(callback=str(each["callback_id"]), name=str(each["name"]), does=str(each.get("description", "")))
            for each in given
            if each.get("type") == "message"
        ]

    def _commands(self) -> Iterator[Hint]:
        known = set()
        for each in self._features("slash_commands"):
            command, usage = str(each["command"]), str(each.get("usage_hint", ""))
            known.add(command)
            yield Hint(insert=f"{command} ", shows=f"{command} {usage}".strip(), says=str(each.get("description", "")))
            for way in (part.strip() for part in usage.split("|")):
                if way.isalpha() and way.islower():
                    known.add(f"{command} {way}")
                    yield Hint(insert=f"{command} {way} ", shows=f"{command} {way}")
        for learned in sorted(self._typed):
            if learned not in known:
                yield Hint(insert=f"{learned} ", shows=learned, says="used before")

    def _features(self, name: str) -> list[Mapping[str, Any]]:
        features: Mapping[str, Any] = self.manifest.get("features") or {}
        return list(features.get(name) or [])
