"""Modals and the Home tab: opened, redrawn, put on top, published."""

import asyncio
from dataclasses import dataclass
from typing import Final

import structlog

from bot.domain.errors import Unavailable
from bot.slack.budget import Lane
from bot.slack.client import SlackApi
from bot.slack.fit import SIZES, fit_view
from bot.slack.message import View
from bot.slack.refusals import Answer, BlocksRefused

log = structlog.get_logger()

# A trigger lives three seconds from the person's click, so there is nothing to wait for.
_AT_ONCE: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """Each answers the view's id. `expired_trigger_id` and the like come as `SlackRefused` with that code."""

    api: SlackApi
    pauses: tuple[float, ...] = (0.5, 2.0)
    """Seconds before each further try of a redraw that got no answer."""

    async def open(self, trigger_id: str, view: View) -> str:
        return await self._shown("views.open", view, {"trigger_id": trigger_id}, patience=_AT_ONCE)

    async def push(self, trigger_id: str, view: View) -> str:
        """On top of the modal that is open; Slack stacks three."""
        return await self._shown("views.push", view, {"trigger_id": trigger_id}, patience=_AT_ONCE)

    async def update(self, view_id: str, view: View, *, seen: str | None = None) -> str:
        """Redraw an open modal; needs no trigger. With `seen` (its hash) a newer one is not overwritten."""
        return await self._surely("views.update", view, {"view_id": view_id, "hash": seen or None})

    async def publish_home(self, user: str, view: View, *, seen: str | None = None) -> str:
        """One person's Home tab."""
        return await self._surely("views.publish", view, {"user_id": user, "hash": seen or None})

    async def _surely(self, method: str, view: View, args: dict[str, object]) -> str:
        """A redraw is the whole view each time, so one that may have been applied is simply sent again."""
        for pause in self.pauses:
            try:
                return await self._shown(method, view, args)
            except Unavailable as error:
                log.info("a view is sent again", method=method, reason=str(error))
                await asyncio.sleep(pause)
        return await self._shown(method, view, args)

    async def _shown(self, method: str, view: View, args: dict[str, object], *, patience: float = 10.0) -> str:
        try:
            answer = await self._call(method, view, args, patience=patience, halved=False)
        except BlocksRefused as error:
            log.warning("a view is made smaller", view=view.callback_id, reason=str(error))
            answer = await self._call(method, view, args, patience=patience, halved=True)
        return str((answer.get("view") or {}).get("id") or "")

    async def _call(self, method: str, view: View, args: dict[str, object], *, patience: float, halved: bool) -> Answer:
        size = SIZES[view.surface]
        shape = fit_view(view, size.half() if halved else size)
        return await self.api.ask(method, {"view": shape, **args}, lane=Lane.CARDS, patience=patience)
