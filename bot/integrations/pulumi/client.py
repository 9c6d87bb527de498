"""What we ask Pulumi Cloud, over its REST API: reading only."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.domain.errors import NotFound, Refused
from bot.integrations.http import Api, segment, shown
from bot.integrations.pulumi.shapes import DriftRun, DriftRunPage, DriftStatus, Stack, StackPage, Update, UpdatePage

_SIZE: Final = 100
_MOST_PAGES: Final = 100
_DRIFT_PAGES: Final = 5
_READ: Final = "read the organization's stacks"
_FEW: Final = 10
_LONGEST_NAME: Final = 300
_ENDED: Final = ("succeeded", "failed")


class PulumiClient:
    """https://www.pulumi.com/docs/reference/cloud-rest-api/"""

    def __init__(self, api: Api, org: str) -> None:
        self._api = api
        self._org = org.strip()

    async def stacks(self) -> Sequence[Stack]:
        """All of the organization that the token sees, to the last page."""
        found: dict[tuple[str, str, str], Stack] = {}
        token, used = "", {""}
        for _ in range(_MOST_PAGES):
            asked: dict[str, str | int] = {"organization": self._org, "maxResults": _SIZE}
            page = await self._api.get_as(
                StackPage, "/api/user/stacks", asked | ({"continuationToken": token} if token else {}), right=_READ
            )
            found |= {one.path: one for one in page.stacks}
            token = page.token
            if not token:
                return [one for one in found.values() if one.org.lower() == self._org.lower()]
            if token in used:
                raise Refused(f"{self._title} gives the same page of stacks again; not all seen")
            used.add(token)
        raise Refused(f"{self._title} has too many stacks; not all seen")

    async def drift(self, stack: Stack) -> tuple[DriftStatus, DriftRun | None]:
        """What it says of the stack, and the newest run that came to an end, if there was any."""
        where = f"{_place(stack)}/drift"
        try:
            status = await self._api.get_as(DriftStatus, f"{where}/status", right=_READ)
        except NotFound as error:
            raise NotFound(
                f"{self._title} has no drift detection for {shown(stack.short, limit=60)}. Switch it on in the stack's "
                "settings (Team edition), or let CI post previews to /reports/pulumi"
            ) from error
        if not status.latest:
            return status, None
        ended: list[DriftRun] = []
        seen: set[str] = set()
        for number in range(1, _DRIFT_PAGES + 1):
            page = await self._api.get_as(
                DriftRunPage, f"{where}/runs", {"page": number, "pageSize": _SIZE}, right=_READ
            )
            ended += [one for one in page.runs if one.status in _ENDED]
            seen |= {one.id for one in page.runs}
            complete = len(page.runs) < _SIZE and (page.total or 0) <= len(seen)
            # The newest come first. Only where the newest is not there may the list be the other way round.
            if complete or not page.runs or (status.latest in seen and ended):
                break
        if status.latest not in seen:
            raise Refused(f"{self._title} does not show the newest drift run of this stack")
        return status, max(ended, key=_created, default=None)

    async def newest_update(self, stack: Stack) -> Update | None:
        """The newest that was no preview."""
        for number in range(1, _DRIFT_PAGES + 1):
            page = await self._updates(stack, number, _FEW)
            real = [one for one in page.updates if is_real(one)]
            if real:
                return max(real, key=lambda one: one.number or 0)
            if len(page.updates) < _FEW:
                return None
        raise Refused(f"{self._title} shows nothing but previews of this stack; not all seen")

    async def updates_since(self, stack: Stack, since: datetime) -> Sequence[Update]:
        """Those that began since then, without previews."""
        found: dict[int, Update] = {}
        for number in range(1, _MOST_PAGES + 1):
            page = await self._updates(stack, number, _FEW)
            for one in page.updates:
                if is_real(one) and one.number is not None:
                    found[one.number] = one
            older = any(one.info.started is not None and one.info.started < since for one in page.updates)
            if older or len(page.updates) < _FEW:
                return list(found.values())
        raise Refused(f"{self._title} has too many updates of a stack; not all seen")

    async def _updates(self, stack: Stack, number: int, size: int) -> UpdatePage:
        asked: dict[str, str | int] = {"output-type": "service", "page": number, "pageSize": size}
        try:
            return await self._api.get_as(UpdatePage, f"{_place(stack)}/updates", asked, right=_READ)
        except NotFound as error:
            raise NotFound(f"{self._title} does not show the updates of {shown(stack.short, limit=60)}") from error

    @property
    def _title(self) -> str:
        return self._api.wording.title


def is_real(update: Update) -> bool:
    """Previews have kinds of their own: `preview`, or the kind with a P before it."""
    return update.info.kind != "preview" and not update.info.kind.startswith("P")


def _created(run: DriftRun) -> float:
    return run.created.timestamp() if run.created is not None else 0.0


def _place(stack: Stack) -> str:
    if max(map(len, stack.path)) > _LONGEST_NAME:
        raise Refused("The name of this stack is too long to ask for it")
    return "/api/stacks/" + "/".join(map(segment, stack.path))
