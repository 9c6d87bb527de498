"""Trigger ids: the short-lived permits that let the app open a modal in answer to a person."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from bot.local.slack.errors import SlackError, invalid_arguments
from bot.local.slack.ids import fresh_token

MOST: Final = 5000


@dataclass(slots=True, kw_only=True)
class Trigger:
    """Who acted when, and whether the permit has been used."""

    user: str
    at: float
    view_id: str = ""
    used: bool = False


@dataclass(slots=True, kw_only=True)
class Triggers:
    """Gives permits out and takes each back once, within Slack's three seconds."""

    seconds: float
    now: Callable[[], float]
    _given: dict[str, Trigger] = field(default_factory=dict)

    def give(self, user: str, view_id: str = "") -> str:
        trigger_id = f"{int(self.now() * 1000)}.{len(self._given)}.{fresh_token(32).lower()}"
        self._given[trigger_id] = Trigger(user=user, at=self.now(), view_id=view_id)
        while len(self._given) > MOST:
            self._given.pop(next(iter(self._given)))
        return trigger_id

    def take(self, trigger_id: str) -> Trigger:
        if not re.fullmatch(r"\d+\.\d+\.[a-z0-9]+", trigger_id, re.ASCII):
            raise invalid_arguments("invalid `trigger_id` [json-pointer:/trigger_id]")
        trigger = self._given.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if self.now() - trigger.at > self.seconds:
            raise SlackError("expired_trigger_id")
        trigger.used = True
        return trigger
