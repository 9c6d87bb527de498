"""What a postmortem does when news comes: an incident is over or reopened, a ticket moved in the tracker."""

from collections.abc import Mapping
from typing import Any

from bot.acts import Acts
from bot.domain.ticket import TicketChanged
from bot.features.postmortems.service import Postmortems

Given = Mapping[str, Any]  # plain JSON of a domain event


async def incident_resolved(postmortems: Postmortems, given: Given) -> Acts:
    by = given.get("by")
    return await postmortems.asking.resolved(
        int(given["incident"]), wanted=bool(given["postmortem"]), by=str(by) if by else None
    )


async def incident_reopened(postmortems: Postmortems, given: Given) -> Acts:
    return await postmortems.asking.reopened(int(given["incident"]))


async def ticket_changed(postmortems: Postmortems, news: TicketChanged) -> Acts:
    return await postmortems.items.ticket_changed(news)
