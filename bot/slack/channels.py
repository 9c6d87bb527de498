"""Channels: made or found again, filled with people, named, closed."""

import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from bot.domain.capabilities import ChannelMade
from bot.domain.errors import VendorError
from bot.slack.asks import unescaped
from bot.slack.blocks.text import clean, cut
from bot.slack.budget import Lane
from bot.slack.client import SlackApi
from bot.slack.names import candidates, sanitised
from bot.slack.refusals import SlackNotFound, SlackRefused

log = structlog.get_logger()

Shape = Mapping[str, Any]  # Any: Slack's JSON; it does not leave this folder

_PERSON: Final = re.compile(r"[UW][A-Z0-9]{2,}")
_CHANNEL: Final = re.compile(r"[CGD][A-Z0-9]{2,}")
_TOPIC: Final = 250
_INVITED_AT_ONCE: Final = 100
_PAGE: Final = 200
_PAGES: Final = 25
# A call with some bad ids among good ones; then each is asked alone.
_ABOUT_ONE: Final = frozenset(
    {
        "user_not_found",
        "no_user",
        "cant_invite",
        "cant_invite_self",
        "user_is_restricted",
        "ura_max_channels",
        "org_user_not_in_team",
        "user_disabled",
    }
)
_WHY: Final[Mapping[str, str]] = {
    "user_not_found": "unknown or deactivated",
    "no_user": "unknown or deactivated",
    "user_disabled": "deactivated",
    "cant_invite": "Slack does not let the bot invite them",
    "cant_invite_self": "the bot itself",
    "user_is_restricted": "a guest who may not join more channels",
    "ura_max_channels": "a guest who may not join more channels",
    "org_user_not_in_team": "not a member of this workspace",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Channels:
    """`bot_user` is who made our channels."""

    api: SlackApi
    bot_user: str
    _places: dict[str, str] = field(default_factory=dict)

    async def create(self, name: str, *, marker: str, private: bool) -> tuple[ChannelMade, bool]:
        """The channel, and whether it was made just now (else it is ours from an earlier try)."""
        refusal: SlackRefused | None = None
        for candidate in candidates(sanitised(name, marker)):
            try:
                answer = await self.api.call("conversations.create", lane=Lane.OPEN, name=candidate, is_private=private)
            except SlackRefused as error:
                if error.code != "name_taken":
                    raise
                refusal = error
                if (ours := await self._ours(candidate, marker)) is not None:
                    log.info("channel adopted", channel=ours["id"], marker=marker)
                    return ours, False
            else:
                return _made(answer["channel"]), True
        raise refusal or AssertionError("there is always one candidate")

    async def invite(self, channel: str, users: Sequence[str]) -> dict[str, str]:
        """Everybody in one call; who could not be invited, and why, by id."""
        wanted = list(dict.fromkeys(user for user in users if user and user != self.bot_user))
        failed: dict[str, str] = {}
        for start in range(0, len(wanted), _INVITED_AT_ONCE):
            failed |= await self._invite_some(channel, wanted[start : start + _INVITED_AT_ONCE])
        return failed

    async def topic(self, channel: str, text: str, *, look_first: bool = False) -> None:
        wanted = cut(clean(text), _TOPIC)
        if look_first:
            stands = (await self.info(channel)).get("topic") or {}
            if unescaped(str(stands.get("value") or "")) == wanted:
                return
        await self.api.call("conversations.setTopic", lane=Lane.TRIMMINGS, channel=channel, topic=wanted)

    async def rename(self, channel: str, name: str) -> str:
        """The name it really got."""
        refusal: SlackRefused | None = None
        for candidate in candidates(sanitised(name, channel)):
            try:
                answer = await self.api.call(
                    "conversations.rename", lane=Lane.TRIMMINGS, channel=channel, name=candidate
                )
            except SlackRefused as error:
                if error.code != "name_taken":
                    raise
                refusal = error
                if (await self.info(channel)).get("name") == candidate:
                    return candidate  # it is we who have it: an earlier try got through
            else:
                return str(answer["channel"]["name"])
        raise refusal or AssertionError("there is always one candidate")

    async def archive(self, channel: str) -> None:
        """For good: a bot cannot take it back."""
        await self.api.call("conversations.archive", lane=Lane.TRIMMINGS, channel=channel)

    async def info(self, channel: str) -> Shape:
        answer = await self.api.call("conversations.info", channel=channel)
        found: Shape = answer["channel"]
        return found

    async def where(self, place: str) -> str:
        """The id of a place: a channel's id as it is, a person's id (their direct messages), or a `#name`."""
        place = place if _CHANNEL.fullmatch(place) or _PERSON.fullmatch(place) else f"#{place.removeprefix('#')}"
        if place not in self._places:
            if _PERSON.fullmatch(place):
                found: str | None = await self._direct(place)
            else:
                found = place if _CHANNEL.fullmatch(place) else await self._named(place.removeprefix("#"))
            if found is None:
                words = f"Slack shows Daywatch no channel {cut(clean(place), 80)}. Make it, or invite the bot there."
                raise SlackNotFound(words, code="channel_not_found")
            self._places[place] = found
        return self._places[place]

    async def look_around(self, places: Iterable[str]) -> None:
        """Learn where these names are before somebody waits for it; the others are looked up when they are used."""
        wanted = {place.removeprefix("#") for place in places} - {place.removeprefix("#") for place in self._places}
        try:
            async for channel in self._listed("users.conversations", Lane.REMINDERS):
                if channel.get("name") in wanted:
                    self._places[f"#{channel['name']}"] = str(channel["id"])
        except VendorError as error:
            log.info("channels are looked up when they are used", reason=str(error))

    def forget(self, place: str) -> None:
        """A channel was renamed, archived or replaced: its name is looked up again."""
        gone = [name for name, known in self._places.items() if place in {name, known}]
        for name in gone:
            del self._places[name]

    async def _direct(self, user: str) -> str:
        answer = await self.api.call("conversations.open", users=user)
        return str(answer["channel"]["id"])

    async def _named(self, name: str) -> str | None:
        """Among the channels that the bot is in, then among all public ones."""
        for method in ("users.conversations", "conversations.list"):
            async for channel in self._listed(method, Lane.CARDS):
                if channel.get("name") == name:
                    return str(channel["id"])
        return None

    async def _invite_some(self, channel: str, users: Sequence[str]) -> dict[str, str]:
        if not users:
            return {}
        try:
            answer = await self.api.call(
                "conversations.invite", lane=Lane.OPEN, channel=channel, users=",".join(users), force=True
            )
        except SlackRefused as error:
            told = dict(_told(error.answer))
            if told and len(told) == len(users):
                return told
            if error.code not in _ABOUT_ONE:
                raise
            if len(users) == 1:
                return {users[0]: _why(error.code)}
            return await self._invite_each(channel, users)
        return dict(_told(answer))

    async def _invite_each(self, channel: str, users: Sequence[str]) -> dict[str, str]:
        """One bad id never loses the others."""
        failed: dict[str, str] = {}
        for user in users:
            failed |= await self._invite_some(channel, [user])
        return failed

    async def _ours(self, name: str, marker: str) -> ChannelMade | None:
        """Our channel of that name, if the one that has it is ours.

        Made by us and marked; or made by us, open, and still without any topic or purpose: then an earlier try made it
        and got no further. Somebody else's, or one of ours for another matter, is left alone.
        """
        async for channel in self._listed("users.conversations", Lane.OPEN):
            if channel.get("name") != name or channel.get("creator") != self.bot_user:
                continue
            words = " ".join(str((channel.get(part) or {}).get("value") or "") for part in ("topic", "purpose"))
            if marker in words or not words.strip():
                return _made(channel)
        return None

    async def _listed(self, method: str, lane: Lane) -> AsyncIterator[Shape]:
        """Open channels: those that the bot is in (it is in all that it made), or all that it can see."""
        cursor = ""
        for _ in range(_PAGES):
            answer = await self.api.call(
                method,
                lane=lane,
                types="public_channel,private_channel",
                exclude_archived=True,
                limit=_PAGE,
                cursor=cursor or None,
            )
            for channel in answer.get("channels") or ():
                yield channel
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return


def _made(channel: Shape) -> ChannelMade:
    return ChannelMade(id=str(channel["id"]), name=str(channel["name"]))


def _told(answer: Shape) -> Iterator[tuple[str, str]]:
    """Who could not be invited, from Slack's list for each person."""
    for one in answer.get("errors") or ():
        code = str(one.get("error") or "")
        if one.get("user") and code != "already_in_channel":
            yield str(one["user"]), _why(code)


def _why(code: str) -> str:
    return _WHY.get(code, code.replace("_", " ") or "refused")
