"""The panel behind an alert, as Grafana's image renderer draws it."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from bot.domain.alert import Alert
from bot.domain.errors import Refused
from bot.domain.mark import Panel
from bot.integrations.foreign import shown
from bot.integrations.grafana.client import GrafanaClient

PATIENCE: Final = 60.0
"""Seconds: a browser is started for each picture."""
WIDTH: Final = 1000
HEIGHT: Final = 500
_BEFORE: Final = timedelta(hours=1)
_AFTER: Final = timedelta(minutes=5)
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_SIZE_AT: Final = slice(16, 24)  # of the header chunk, which comes first: width and height in four bytes each
_PLACE: Final = re.compile(r"/d/([^/]{1,100})(?:/|$)")
_PANEL: Final = re.compile(r"(?:panel-)?(\d{1,12})")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a panel is. Only these two are taken from an alert's address; the address itself is never fetched."""

    dashboard: str
    panel: str


def place_of(url: str | None) -> Place | None:
    """From the address that a notice gives (`/d/<uid>/…?viewPanel=4`, or `viewPanel=panel-4` in newer versions)."""
    try:
        parts = urlsplit(url or "")
        named = parse_qs(parts.query)
    except ValueError:
        return None
    found = _PLACE.search(parts.path)
    panel = _PANEL.fullmatch((named.get("viewPanel") or named.get("panelId") or [""])[0])
    return Place(unquote(found[1]), panel[1]) if found and panel else None


async def drawn(client: GrafanaClient, alert: Alert, *, title: str, now: datetime) -> Panel | None:
    """From an hour before the alert until now. Raises `Refused` for a picture that is not one of the panel."""
    place = place_of(alert.url)
    if place is None:
        return None
    began = alert.started_at or alert.occurred_at
    until = min(now, began + _BEFORE) if now > began else began + _AFTER
    png = await client.rendered(
        place.dashboard,
        {
            "panelId": place.panel,
            "from": _milliseconds(began - _BEFORE),
            "to": _milliseconds(until),
            "width": str(WIDTH),
            "height": str(HEIGHT),
            "tz": "UTC",
        },
    )
    if not png.startswith(_PNG):
        raise Refused(f"{title} answered with something else than a picture of the panel")
    width, height = (int.from_bytes(png[_SIZE_AT][at : at + 4]) for at in (0, 4))
    # Without the image renderer some versions send a picture of their own that says so: it has another shape.
    if not height or width * HEIGHT != height * WIDTH:
        raise Refused(f"{title} drew something else than the panel; is its image renderer installed?")
    name = shown(alert.title, limit=100)
    return Panel(png=png, title=name, words=f"{name}: the panel in {title} from an hour before the alert began")


def _milliseconds(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))
