"""The calls to ServiceNow's Table API (version 2, since version 1 answers 404 for no rows)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from bot.domain.errors import NotInstalled, Refused, Unavailable
from bot.integrations.api import Params
from bot.integrations.http import Api, segment
from bot.integrations.response import Response
from bot.integrations.servicenow.shapes import Row

R = TypeVar("R", bound=Row)
T = TypeVar("T")
_PAGE: Final = 200
_MOST: Final = 2_000
_SOME: Final = 20
"""Rows among which at least one must be visible: the limit is applied before the access rules."""
_PATH: Final = "/api/now/v2/table/"
RIGHTS: Final[Mapping[str, str]] = {
    "incident": "read incidents (role itil or sn_incident_read)",
    "change_request": "read changes (role sn_change_read)",
    "sysapproval_approver": "read approvals (role approver_user or itil)",
    "em_alert": "read monitoring alerts (role evt_mgmt_user)",
}
_BOUGHT: Final = ("em_alert",)
"""Tables of plugins that not every instance has."""


@dataclass(frozen=True, slots=True)
class Listed(Generic[R]):
    """`hidden` counts rows that the query found and the user may not see."""

    rows: Sequence[R]
    hidden: int = 0


class Client:
    """https://www.servicenow.com/docs/bundle/zurich-api-reference/page/integrate/inbound-rest/concept/c_TableAPI.html"""

    def __init__(self, api: Api) -> None:
        self._api = api

    @property
    def title(self) -> str:
        return self._api.wording.title

    def page(self, table: str, sys_id: str) -> str:
        """Where a person would look."""
        return f"{self._api.base_url}/{segment(table)}.do?sys_id={segment(sys_id)}"

    def list_page(self, table: str, query: str) -> str:
        return f"{self._api.base_url}/{segment(table)}_list.do?sysparm_query={quote(query, safe='')}"

    async def all(self, table: str, query: str, kind: type[R]) -> Listed[R]:
        """Every row, page after page: a page may be short, or empty, although more is there.

        The caller looks at each row again: a field that the instance does not know is left out of the query, silently.
        """
        found: dict[str, R] = {}
        offset, hidden = 0, 0
        while True:
            response = await self._asked(table, query, kind, offset=offset, limit=_PAGE)
            rows = self._rows(response, kind)
            new = [row for row in rows if row.sys_id not in found]
            found |= {row.sys_id: row for row in new}
            offset += _PAGE
            total = _total(response)
            hidden = (total or 0) - len(found)
            if len(found) > _MOST or (total or 0) > _MOST:
                raise Refused(
                    f"{self.title} has more than {_MOST} rows for this. Name your groups in SERVICENOW_GROUPS."
                )
            if total is not None and offset >= total:
                break
            more = total is not None or 'rel="next"' in response.headers.get("link", "")
            if rows and not new and (more or len(rows) >= _PAGE):
                raise Refused(f"{self.title} repeats a page of its answer")
            if not more and not new:
                break
            if offset >= 10 * _MOST:
                raise Refused(f"{self.title} never ends its list")
        return Listed(list(found.values()), max(hidden, 0))

    async def any(self, table: str) -> bool:
        """Whether a row of the table can be seen at all: without one, no list proves anything."""
        return bool(self._rows(await self._asked(table, "ORDERBYsys_id", Row, offset=0, limit=_SOME), Row))

    async def create(self, table: str, fields: Mapping[str, str], kind: type[R]) -> R:
        response = await self._api.call(
            "POST", _PATH + segment(table), params=_told(kind), json=dict(fields), right=f"create rows of {table}"
        )
        return self._row(response, kind)

    async def change(self, table: str, sys_id: str, fields: Mapping[str, str]) -> None:
        path, right = f"{_PATH}{segment(table)}/{segment(sys_id)}", f"write rows of {table}"
        response = await self._api.call("PATCH", path, params=_told(Row), json=dict(fields), right=right)
        self._row(response, Row)

    async def _asked(self, table: str, query: str, kind: type[Row], *, offset: int, limit: int) -> Response:
        params: Params = {
            **_told(kind),
            "sysparm_query": query,
            "sysparm_limit": limit,
            "sysparm_offset": offset,
        }
        answers = (400,) if table in _BOUGHT else ()
        response = await self._api.get(_PATH + segment(table), params, right=RIGHTS.get(table, ""), answers=answers)
        if response.status == 400:
            why = response.why()
            if "invalid table" in why.lower():
                raise NotInstalled(f"{self.title} has no table {table}")
            raise Refused(f"{self.title} refused: {why or response.status}")
        return response

    def _rows(self, response: Response, kind: type[R]) -> Sequence[R]:
        return self._read(response, TypeAdapter(list[kind]))  # type: ignore[valid-type] # read at run time

    def _row(self, response: Response, kind: type[R]) -> R:
        """What a write answers. It was applied, whatever the answer looks like: worth a look before another try."""
        try:
            return self._read(response, TypeAdapter(kind))
        except Refused as error:
            raise Unavailable(str(error)) from error

    def _read(self, response: Response, kind: TypeAdapter[T]) -> T:
        body: Any = response.json()  # whatever JSON holds
        if isinstance(body, dict) and "error" in body:
            # An answer that was cut short by a quota is 200, with what there was until then.
            raise Refused(f"{self.title} broke off its answer: {response.why()}")
        try:
            return kind.validate_python(body["result"])
        except (ValidationError, KeyError, TypeError):
            raise Refused(f"{self.title} answered in a form we do not know") from None  # it quotes what came in


def _told(kind: type[Row]) -> dict[str, str]:
    """Which fields an answer tells, and how."""
    return {
        "sysparm_fields": ",".join(one.alias or name for name, one in kind.model_fields.items()),
        "sysparm_display_value": "false",
        "sysparm_exclude_reference_link": "true",
    }


def _total(response: Response) -> int | None:
    text = response.headers.get("x-total-count", "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None
