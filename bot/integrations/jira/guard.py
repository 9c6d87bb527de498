"""Stands between the library and Jira's answers: whatever is not a proper answer becomes our error here."""

import json
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from requests import PreparedRequest
from requests import Response as Answer
from requests.adapters import HTTPAdapter

from bot.domain.errors import Refused, Unavailable
from bot.integrations.http import LARGEST
from bot.integrations.jira.faults import fault
from bot.integrations.response import Response, Wording

_PIECE: Final = 65_536


class Guard(HTTPAdapter):
    """Bounds an answer in time and size, follows no redirect, and lets only JSON (or nothing at all) through.

    The library itself would wait without end, follow a redirect to a login page, take such a page with status 200 for
    success, and stumble over error bodies of an unusual shape.
    """

    def __init__(
        self,
        wording: Wording,
        *,
        cloud: bool,
        seconds: float,
        now: Callable[[], datetime],
        heard: Callable[[str], None],
    ) -> None:
        super().__init__(pool_connections=1, pool_maxsize=1)  # one thread, one connection
        self._wording = wording
        self._cloud = cloud
        self._seconds = seconds
        self._now = now
        self._heard = heard

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002, ARG002 - the signature of requests; we always stream
        timeout: Any = None,  # Any: requests takes several shapes, and so do these below
        verify: Any = True,  # noqa: FBT002 - the signature of requests
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> Answer:
        until = time.monotonic() + self._seconds
        answer = super().send(
            request, stream=True, timeout=timeout, verify=verify, cert=cert, proxies=dict(proxies or {})
        )
        try:
            body = self._body(answer, until)
        finally:
            answer.close()
        headers = {name.lower(): value for name, value in answer.headers.items()}
        self._heard(headers.get("date", ""))
        response = Response(wording=self._wording, status=answer.status_code, headers=headers, body=body)
        error = fault(response, cloud=self._cloud, now=self._now())
        if error is not None:
            raise error
        mended = self._mended(response, writes=request.method not in ("GET", "HEAD"))
        answer._content = mended  # noqa: SLF001 - the place where requests keeps a body that has been read
        answer._content_consumed = True  # noqa: SLF001 - and that it has been
        answer.encoding = "utf-8"
        return answer

    @staticmethod
    def _mended(response: Response, *, writes: bool) -> bytes:
        """The body, parsed here once to refuse what is no JSON, and to mend texts that could not be stored."""
        if not response.body.strip():
            return b""
        try:
            return json.dumps(response.json()).encode()
        except Refused as error:
            if writes and not response.is_web_page:
                raise Unavailable(str(error)) from error  # it may have been done
            raise

    def _body(self, answer: Answer, until: float) -> bytes:
        title = self._wording.title
        body = bytearray()
        # read1 gives what has come; read would wait for a full piece, however slowly it drips in.
        while piece := answer.raw.read1(_PIECE, decode_content=True):
            body += piece
            if len(body) > LARGEST:
                raise Refused(f"{title} answered more than {LARGEST // 1_000_000} MB")
            if time.monotonic() > until:
                raise Unavailable(f"{title} did not finish its answer in {self._seconds:.0f} s")
        return bytes(body)
