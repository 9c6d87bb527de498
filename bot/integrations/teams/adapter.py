"""Teams as an audience: each piece of news is a card of its own, since a workflow can change none."""

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import unquote

import structlog

from bot.domain.capabilities import Broadcast, Probe
from bot.domain.errors import NotAuthorised, NotFound
from bot.domain.publication import Publication
from bot.integrations import Wiring
from bot.integrations.http import Api
from bot.integrations.teams import cards
from bot.integrations.teams.settings import TeamsSettings

log = structlog.get_logger(__name__)
_MOVED = (
    "Its workflow lives on logic.azure.com, where those of Teams stopped on 30 November 2025. "
    "Make a new one, unless it is a Logic App of your own."
)


class Teams(Broadcast, Probe):
    def __init__(self, api: Api, query: str, settings: TeamsSettings, wiring: Wiring) -> None:
        self._api = api
        self._query = query
        self._settings = settings
        self._wiring = wiring

    @classmethod
    def connect(cls, settings: TeamsSettings, wiring: Wiring) -> "Teams":
        # The port and the whole query stay as they were copied: the query is the signature.
        address, _, query = settings.address.partition("?")
        title = wiring.titled("Microsoft Teams")
        api = wiring.outside.api(title=title, base_url=address, address="TEAMS_WORKFLOW_URL")
        raw = [part.partition("=")[2] for part in query.split("&")]
        secrets = {query, *raw, *map(unquote, raw)}
        wording = replace(api.wording, variables=("TEAMS_WORKFLOW_URL",), credential=True, secrets=frozenset(secrets))
        if settings.is_old:
            log.warning("old workflow", system=title, remedy=_MOVED)
        return cls(replace(api, wording=wording), query, settings, wiring)

    @property
    def title(self) -> str:
        return self._wiring.titled("Microsoft Teams")

    @property
    def public(self) -> bool:
        return False

    async def publish(self, news: Publication) -> None:
        """Taken is all that is ever told: the card is posted later, and nobody says whether it was.

        Nothing can be looked for there, so a call whose answer was lost may leave the card twice.
        """
        card = cards.message(news, bare=self._settings.card_wrapper == "bare")
        try:
            answer = await self._api.deliver(self._query, card)
        except (NotAuthorised, NotFound) as error:
            raise type(error)(
                f"{self.title} does not take the card: the workflow was deleted or switched off, or its owner's "
                "account was. Switch it on in Teams, or make another and set TEAMS_WORKFLOW_URL."
            ) from error
        answer.text()  # a login page with 200 is refused here; otherwise the body is empty

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        """Whether a workflow works shows only when something is posted, which a look must not do."""
        return [("the workflow's address", _MOVED if self._settings.is_old else self._api.wrong)]
