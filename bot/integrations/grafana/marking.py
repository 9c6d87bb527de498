"""Incidents and deployments as annotations of the organisation: seen on every dashboard that asks for the tag."""

from collections.abc import Sequence
from html import escape
from typing import Any, Final

from bot.domain.capabilities import Marker
from bot.domain.errors import VendorError
from bot.domain.mark import Mark
from bot.integrations.foreign import shown
from bot.integrations.grafana.adapter import Grafana

_OURS: Final = "daywatch"


class MarkingGrafana(Grafana, Marker):
    """With the right to write annotations."""

    @property
    def title(self) -> str:
        return self._wiring.titled("Grafana")

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        """That they may be written cannot be tried without writing one."""
        told = list(await super().probe())
        try:
            await self._client.notes((_OURS,))
        except VendorError as error:
            return (*told, ("read annotations", str(error)))
        return (*told, ("read annotations", None))

    async def mark(self, mark: Mark) -> None:
        """Looked for by its tag first: a call whose answer was lost may have been applied."""
        found = await self._client.notes((_OURS, mark.once))
        body = _body(mark)
        if not found:
            await self._client.annotate(body)
        for one in found:
            await self._client.annotate_again(one.id, body)


def _body(mark: Mark) -> dict[str, Any]:
    # Grafana shows the text as HTML.
    words = escape(shown(mark.title))
    link = f' <a href="{escape(mark.link)}">Slack</a>' if mark.link else ""
    until = {"timeEnd": int(mark.until.timestamp() * 1000)} if mark.until else {}
    return {
        "time": int(mark.since.timestamp() * 1000),
        **until,
        "tags": list(dict.fromkeys((_OURS, mark.once, *mark.tags))),
        "text": words + link,
    }
