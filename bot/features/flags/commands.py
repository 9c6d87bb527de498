"""`/daywatch flags`: what there is, and how one of them stands. Nothing is switched from here."""

from dataclasses import replace

from bot.acts import Acts, Ask, Reply
from bot.features.flags import views
from bot.features.flags.service import FlagLists, matching


async def flags(lists: FlagLists, ask: Ask) -> Acts:
    seen = await lists.all()
    if not seen.asked:
        return (Reply(views.none_connected()),)
    found = matching(seen.flags, ask.text) if ask.text.strip() else seen.flags
    if len(found) != 1 or not ask.text.strip():
        return (Reply(views.listed(seen, found, ask.text)),)
    # The list knows why it is stale, the flag itself how it is set up.
    fresh = await lists.one(found[0])
    one = replace(fresh, stale=fresh.stale or found[0].stale) if fresh else found[0]
    return (Reply(views.shown(one, seen)),)
