"""One Jira site: its issues and its webhooks, shared by the REST app, the ticket page and the panel."""

from types import TracebackType
from typing import Self

from bot.local.jira.config import JiraConfig
from bot.local.jira.deliveries import Deliveries
from bot.local.jira.directory import Account, accounts
from bot.local.jira.issue import Now, utc_now
from bot.local.jira.shapes import Shapes
from bot.local.jira.tracker import Tracker
from bot.local.keep import Keep


class Site:
    """Enter it (`async with site:`) to send webhooks; everything else works without."""

    def __init__(self, config: JiraConfig, keep: Keep, now: Now = utc_now) -> None:
        self.config = config
        self.now = now
        self.shapes = Shapes(config)
        self.deliveries = Deliveries(config, keep, now)
        self.tracker = Tracker(keep, self.shapes, self.deliveries.announce, now)

    @property
    def me(self) -> Account:
        """The account whose credentials the API takes."""
        return next(one for one in accounts(self.config.email).values() if one.email == self.config.email)

    async def __aenter__(self) -> Self:
        await self.deliveries.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.deliveries.__aexit__(kind, error, trace)
