"""Files in a channel or thread, uploaded the three-call way."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import httpx

from bot.domain.errors import Unavailable
from bot.slack.blocks.text import clean, cut, escape
from bot.slack.client import SlackApi
from bot.slack.refusals import SlackRefused

_LARGEST: Final = 5 * 1024 * 1024
_TIMEOUT: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """An upload that is repeated makes a second file, so a step that uploads records the id it got."""

    api: SlackApi
    http: httpx.AsyncClient

    async def upload(
        self,
        name: str,
        content: bytes,
        *,
        title: str = "",
        alt: str = "",
        channel: str | None = None,
        thread_ts: str | None = None,
        comment: str = "",
    ) -> str:
        """The file's id. Without a channel it is the app's alone, for an image block. `alt` says what it shows."""
        if not 0 < len(content) <= _LARGEST:
            raise ValueError(f"a file has 1 to {_LARGEST} bytes, {name} has {len(content)}")
        started = await self.api.call(
            "files.getUploadURLExternal", filename=name, length=len(content), alt_txt=cut(clean(alt), 1000) or None
        )
        await self._send(str(started["upload_url"]), content)
        await self.api.call(
            "files.completeUploadExternal",
            files=[{"id": started["file_id"], "title": cut(clean(title or name), 200)}],
            channel_id=channel,
            thread_ts=thread_ts,
            initial_comment=escape(cut(clean(comment), 1000)) or None,
        )
        return str(started["file_id"])

    async def _send(self, url: str, content: bytes) -> None:
        self._trusted(url)
        try:
            response = await self.http.post(url, content=content, timeout=_TIMEOUT)
        except httpx.HTTPError as error:
            raise Unavailable(f"Slack did not take the file ({type(error).__name__})") from error
        if response.status_code >= 500 or response.status_code == 429:
            raise Unavailable(f"Slack did not take the file ({response.status_code})")
        if not response.is_success:
            raise SlackRefused(f"Slack refused the file ({response.status_code})", code="upload_refused")

    def _trusted(self, url: str) -> None:
        """A file goes to Slack, whatever an answer says."""
        here, there = urlsplit(self.api.client.base_url), urlsplit(url)
        slacks = there.scheme == "https" and (there.hostname or "").endswith((".slack.com", ".slack-gov.com"))
        if not slacks and (there.scheme, there.netloc) != (here.scheme, here.netloc):
            raise SlackRefused("the upload's address is not Slack's", code="foreign_upload_url")
