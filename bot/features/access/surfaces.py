"""The message about a review, drawn from stored state: in the team's channel, without names."""

from bot.features.access import views
from bot.features.access.service import Reviews
from bot.slack.drawn import Drawn


async def review(reviews: Reviews, key: str) -> Drawn | None:
    """`<period>`."""
    found = await reviews.rows.get(key)
    if found is None or reviews.rules is None:
        return None
    by, over = reviews.names.name(found.signed_by), key != reviews.period
    message = views.message(found, by, reviews.clock(), late=reviews.overdue_from(found), over=over)
    return Drawn(channel=reviews.team.channel, message=message)
