"""Messages as they stand in Slack: posted, redrawn, found again by their key, whispered, answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import structlog

from bot.domain.capabilities import MessageRead
from bot.domain.errors import Unavailable
from bot.slack.asks import unescaped
from bot.slack.budget import Lane
from bot.slack.client import SlackApi
from bot.slack.fit import attempts
from bot.slack.message import Json, Message
from bot.slack.refusals import Answer, BlocksRefused, SlackNotFound, SlackRefused, meaning

log = structlog.get_logger()

_PAGE: Final = 200
_PAGES: Final = 5
_HOOKS: Final = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})
_ANSWER_TIMEOUT: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Posts:
    """`bot_user` tells our own messages from others' that carry the same key."""

    api: SlackApi
    http: httpx.AsyncClient
    bot_user: str

    async def post(
        self,
        channel: str,
        message: Message,
        key: str | None = None,
        *,
        thread_ts: str | None = None,
        look_first: bool = False,
        lane: Lane = Lane.CARDS,
    ) -> str:
        """Post it and answer its `ts`. With `look_first` (an earlier try may have got through) ours is looked for."""
        if look_first and key and (found := await self.find(channel, key, thread_ts=thread_ts)):
            return found
        answer = await self._sent(
            "chat.postMessage",
            message,
            key,
            lane=lane,
            channel=channel,
            thread_ts=thread_ts,
            unfurl_links=False,
            unfurl_media=False,
        )
        return str(answer["ts"])

    async def update(
        self, channel: str, ts: str, message: Message, key: str | None = None, *, lane: Lane = Lane.CARDS
    ) -> None:
        """Redraw it whole. Raises `SlackNotFound` when somebody has deleted it."""
        await self._sent("chat.update", message, key, lane=lane, channel=channel, ts=ts)

    async def delete(self, channel: str, ts: str) -> None:
        """Take back a message of ours; one that is gone already is as wanted."""
        try:
            await self.api.call("chat.delete", channel=channel, ts=ts)
        except SlackRefused as error:
            if error.code != "message_not_found":
                raise

    async def pin(self, channel: str, ts: str) -> None:
        await self.api.call("pins.add", lane=Lane.TRIMMINGS, channel=channel, timestamp=ts)

    async def find(self, channel: str, key: str, *, thread_ts: str | None = None) -> str | None:
        """The `ts` of our message with this key among the newest thousand, in the channel or in one thread of it."""
        return next(iter(await self._look_in(channel, key, thread_ts, most=1)), None)

    async def beside(self, channel: str, ts: str, key: str, *, thread_ts: str | None = None) -> Sequence[str]:
        """Our other messages with this key: there should be none."""
        return [one for one in await self._look_in(channel, key, thread_ts, most=None) if one != ts]

    async def read(self, channel: str, ts: str) -> MessageRead | None:
        """What somebody wrote, in the channel or in a thread; None when it is not there (any more)."""
        try:
            # Unlike history, replies knows every message: a thread's first, its answers, and those without a thread.
            answer = await self.api.call(
                "conversations.replies", channel=channel, ts=ts, oldest=ts, latest=ts, inclusive=True, limit=2
            )
        except SlackNotFound as error:
            if error.code == "channel_not_found":
                raise
            return None
        found = next((one for one in answer.get("messages") or () if one.get("ts") == ts), None)
        if found is None:
            return None
        author = found.get("user")
        return MessageRead(words=unescaped(str(found.get("text") or "")), author=str(author) if author else None)

    async def ephemeral(self, channel: str, user: str, message: Message, *, thread_ts: str | None = None) -> None:
        """Only this person sees it, and only until the next reload."""
        await self._sent("chat.postEphemeral", message, None, channel=channel, user=user, thread_ts=thread_ts)

    async def direct(self, user: str, message: Message) -> None:
        """A direct message, for what could be told nowhere else."""
        opened = await self.api.call("conversations.open", users=user)
        await self.post(str(opened["channel"]["id"]), message)

    async def permalink(self, channel: str, ts: str) -> str:
        answer = await self.api.call("chat.getPermalink", channel=channel, message_ts=ts)
        return str(answer["permalink"])

    async def respond(
        self,
        response_url: str,
        message: Message | None,
        *,
        everybody: bool = False,
        replace: bool = False,
        delete: bool = False,
    ) -> None:
        """Answer where a command or press came from: five times in half an hour, then Slack refuses.

        All three of Slack's switches are said each time, since their defaults depend on what is being answered.
        """
        how = {
            "response_type": "in_channel" if everybody else "ephemeral",
            "replace_original": replace,
            "delete_original": delete,
        }
        refusal: BlocksRefused | None = None
        for shape in attempts(message) if message else ({},):
            try:
                return await self._answer(response_url, {**shape, **how})
            except BlocksRefused as error:
                log.warning("an answer is made smaller", reason=error.code)
                refusal = error
        if refusal:
            raise refusal
        return None

    async def _sent(
        self, method: str, message: Message, key: str | None, *, lane: Lane = Lane.CARDS, **args: object
    ) -> Answer:
        refusal: BlocksRefused | None = None
        for shape in attempts(message, key=key):
            try:
                return await self.api.ask(method, {**args, **_for(method, shape)}, lane=lane)
            except BlocksRefused as error:
                log.warning("a message is made smaller", key=key, reason=str(error))
                refusal = error
        raise refusal or AssertionError("there is always one attempt")

    async def _look_in(self, channel: str, key: str, thread_ts: str | None, *, most: int | None) -> Sequence[str]:
        try:
            return await self._look(channel, key, thread_ts, most=most)
        except SlackRefused as error:
            if error.code != "not_in_channel":
                raise
        # We may post in a public channel without being in it, but read only as a member.
        await self.api.call("conversations.join", channel=channel)
        return await self._look(channel, key, thread_ts, most=most)

    async def _look(self, channel: str, key: str, thread_ts: str | None, *, most: int | None) -> Sequence[str]:
        found: list[str] = []
        method = "conversations.replies" if thread_ts else "conversations.history"
        cursor = ""
        for _ in range(_PAGES):
            answer = await self.api.call(
                method,
                channel=channel,
                ts=thread_ts,
                include_all_metadata=True,
                limit=_PAGE,
                cursor=cursor or None,
            )
            ours = [one for one in answer.get("messages") or () if one.get("user") == self.bot_user]
            found += [str(one["ts"]) for one in ours if _key_of(one) == key]
            if most is not None and len(found) >= most:
                break
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                break
        return found

    async def _answer(self, url: str, body: Json) -> None:
        self._trusted(url)
        try:
            response = await self.http.post(url, json=body, timeout=_ANSWER_TIMEOUT)
        except httpx.HTTPError as error:
            raise Unavailable(f"Slack did not take the answer ({type(error).__name__})") from error
        code = _code_of(response)
        answer: Answer = {"ok": code in {"", "ok"} and response.is_success, "error": code}
        if (wrong := meaning("response_url", response.status_code, answer, _seconds(response))) is not None:
            raise wrong

    def _trusted(self, url: str) -> None:
        """Answers go to Slack, whatever a payload says."""
        here, there = urlsplit(self.api.client.base_url), urlsplit(url)
        if there.scheme == "https" and there.hostname in _HOOKS:
            return
        if (there.scheme, there.netloc) != (here.scheme, here.netloc):
            raise SlackRefused("the answer's address is not Slack's", code="foreign_response_url")


def _for(method: str, shape: Json) -> Json:
    """A message as this method takes it."""
    blocks = shape.get("blocks") or []
    if method == "chat.update":
        return {**shape, "blocks": blocks}  # left out, Slack would keep the old ones
    unwanted = {"metadata"} if method == "chat.postEphemeral" else set()  # nothing can find that again anyway
    unwanted |= set() if blocks else {"blocks"}
    return {name: value for name, value in shape.items() if name not in unwanted}


def _key_of(message: Mapping[str, Any]) -> str | None:  # Any: Slack's JSON
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    key = payload.get("key")
    return key if isinstance(key, str) else None


def _code_of(response: httpx.Response) -> str:
    """A `response_url` answers "ok", a plain word, or JSON."""
    try:
        read = response.json()
    except ValueError:
        return response.text.strip()[:80]
    return str(read.get("error") or "") if isinstance(read, dict) else str(read)[:80]


def _seconds(response: httpx.Response) -> float | None:
    given = response.headers.get("retry-after", "")
    return float(given) if given.isascii() and given.isdigit() and len(given) < 7 else None
