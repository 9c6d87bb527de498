"""The panels beside the chat: PagerDuty, Jira and the faults, drawn from what the stand-ins say of themselves."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Final

from jinja2 import Environment
from markupsafe import Markup
from starlette.requests import Request

from bot.local.jira.directory import STATUSES, WORKFLOW
from bot.local.page.drawn import clock
from bot.local.page.look import Look
from bot.local.page.moments import written
from bot.local.page.neighbours import Json, Neighbours
from bot.local.page.words import Words
from bot.local.slack.methods.table import METHODS
from bot.local.slack.slack import Slack

_SHOWN: Final = 25  # deliveries of a panel
KINDS: Final = (
    ("slow", "slow"),
    ("limit", "limited (429)"),
    ("fail", "failing (500)"),
    ("refuse", "connection dropped"),
    ("lost", "done, but the answer is lost"),
    ("hold", "held until let go"),
)
SYSTEMS: Final = ("slack", "pagerduty", "jira", "systems", "*")
_REST: Final = (
    "POST /incidents",
    "PUT /incidents/{id}",
    "POST /incidents/{id}/notes",
    "GET /oncalls",
    "POST /rest/api/3/issue",
    "POST /rest/api/3/search/jql",
    "POST /rest/api/2/issue",
)
_TONES: Final = {"delivered": "good", "taken": "good", "failing": "bad", "dropped": "bad", "lost": "bad"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Panels:
    """Draws whichever panel is looked at."""

    slack: Slack
    templates: Environment
    neighbours: Neighbours

    async def draw(self, look: Look, request: Request, zone: tzinfo) -> str:
        drawers: dict[str, Callable[[Look, Request, tzinfo], Awaitable[str]]] = {
            "pagerduty": self._pagerduty,
            "jira": self._ticket if look.ticket else self._jira,
            "faults": self._faults,
        }
        wanted = drawers.get(look.side)
        return await wanted(look, request, zone) if wanted and look.thread is None and look.about is None else ""

    async def counts(self, request: Request) -> dict[str, int]:
        """What waits behind the tabs: open incidents, tickets not done, faults in force."""
        pages = (await self.neighbours.ask(request, "/_/pagerduty/state")).get("incidents") or []
        columns = (await self.neighbours.ask(request, "/_/jira/board")).get("columns") or []
        faults = (await self.neighbours.ask(request, "/_/faults")).get("faults") or []
        return {
            "pagerduty": sum(each["status"] != "resolved" for each in pages),
            "jira": sum(len(each["issues"]) for each in columns if each["status"] != "Done"),
            "faults": len(faults),
        }

    async def _pagerduty(self, look: Look, request: Request, zone: tzinfo) -> str:
        said = await self.neighbours.ask(request, "/_/pagerduty/state")
        sent = (await self.neighbours.ask(request, "/_/pagerduty/deliveries"))["deliveries"]
        rows = [
            self._row(each, each["event_type"].removeprefix("incident."), each["sent_at"] or each["occurred_at"], zone)
            for each in sent[:_SHOWN]
        ]
        return self._draw("pagerduty.html", look, zone, state=said, deliveries=rows)

    async def _jira(self, look: Look, request: Request, zone: tzinfo) -> str:
        board = await self.neighbours.ask(request, "/_/jira/board")
        sent = (await self.neighbours.ask(request, "/_/jira/deliveries"))["deliveries"]
        rows = [
            self._row(each, f"{each['issue']} {each['event'].removeprefix('jira:')}", each["at"], zone)
            for each in sent[:_SHOWN]
        ]
        return self._draw("jira.html", look, zone, board=board, deliveries=rows, moves=_moves)

    async def _ticket(self, look: Look, request: Request, zone: tzinfo) -> str:
        it = await self.neighbours.ask(request, "/_/jira/ticket", {"key": look.ticket})
        return self._draw("ticket.html", look, zone, it=it)

    async def _faults(self, look: Look, request: Request, zone: tzinfo) -> str:
        faults = (await self.neighbours.ask(request, "/_/faults"))["faults"]
        rows = [
            {
                "what": each.name,
                "of": each.kind.replace("_", " "),
                "at": written(each.at, "{time_secs}", zone, each.at),
                "answered": each.outcome,
                "tries": each.tries,
                "tone": "good" if each.outcome == "taken" else "" if each.outcome == "under way" else "bad",
                "id": each.key if each.kind == "events_api" else "",
            }
            for each in [*reversed(self.slack.delivery.log)][:_SHOWN]
        ]
        methods = [*sorted(METHODS), *_REST]
        return self._draw(
            "faults.html",
            look,
            zone,
            faults=faults,
            deliveries=rows,
            methods=methods,
            systems=SYSTEMS,
            kinds=KINDS,
            said=_said,
        )

    def _row(self, each: Json, what: str, at: str, zone: tzinfo) -> Json:
        answered = f"{each['answered'] or ''} {each['trouble'] or ''}".strip()
        waiting = each["state"] in {"queued", "failing"}
        return {
            "what": what,
            "of": each["state"],
            "at": written(clock(at), "{time_secs}", zone, 0) if at else "",
            "answered": answered or "not yet",
            "tries": each["tries"],
            "tone": _TONES.get(each["state"], ""),
            "id": "" if waiting else each["event_id"],
        }

    def _draw(self, template: str, look: Look, zone: tzinfo, **more: object) -> str:
        words = Words(self.slack.world, zone=zone, reader=look.person.id)

        def moment(stamp: str) -> Markup:
            return words.time(clock(stamp), "{date_short_pretty} {time}")

        return self.templates.get_template(template).render(look=look, words=words, moment=moment, **more)


def _moves(status: str) -> list[str]:
    return [step.to.name for one in STATUSES.values() if one.name == status for step in WORKFLOW[one.id]]


def _said(fault: dict[str, Any]) -> str:
    words = dict(KINDS)[fault["kind"]]
    return f"{words} {fault['seconds']:g} s" if fault["kind"] == "slow" else words
