"""The calls to Kibana's public HTTP API: reading only, in each space by itself."""

from collections.abc import Sequence
from typing import Final

from bot.domain.errors import Refused
from bot.integrations.http import Api, Response, segment
from bot.integrations.kibana.shapes import Framework, Rule, RulePage

_A_PAGE: Final = 100
_MOST_PAGES: Final = 100
_RULES: Final = "read rules (Kibana feature Stack Rules: read)"


class KibanaClient:
    """https://www.elastic.co/docs/api/doc/kibana/"""

    def __init__(self, api: Api) -> None:
        self._api = api

    def page(self, path: str, space: str = "default") -> str:
        """Where a person would look."""
        return f"{self._api.base_url}{_of(space)}{path}"

    async def status(self) -> Response:
        """Its answer as it is: while it starts that is plain text, with 503."""
        return await self._api.get("/api/status", answers=(503,), right="see its status")

    async def framework(self) -> Framework:
        return await self._api.get_as(Framework, "/api/alerting/_health", right=_RULES)

    async def rules(self, space: str) -> Sequence[Rule]:
        """All rules of a space, to the last page. A list that changes meanwhile, or never ends, is refused."""
        found: dict[str, Rule] = {}
        title = self._api.wording.title
        for number in range(1, _MOST_PAGES + 1):
            params: dict[str, str | int] = {"per_page": _A_PAGE, "page": number}
            # A list without an order may show a rule twice and another never.
            params |= {"sort_field": "name", "sort_order": "asc"}
            page = await self._api.get_as(RulePage, f"{_of(space)}/api/alerting/rules/_find", params, right=_RULES)
            before = len(found)
            found |= {rule.id: rule for rule in page.data}
            if page.page != number:
                raise Refused(f"{title} gives page {page.page} of its rules where {number} was asked for")
            if len(found) == page.total:
                return list(found.values())
            if len(found) == before or len(found) > page.total:
                raise Refused(f"{title} speaks of {page.total} rules and shows {len(found)}; not all seen")
        raise Refused(f"{title} has more than {_A_PAGE * _MOST_PAGES} rules in a space; not all seen")


def _of(space: str) -> str:
    """Without a prefix the default space is meant, and no other."""
    return "" if space in ("", "default") else f"/s/{segment(space)}"
