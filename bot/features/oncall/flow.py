"""A page, sent through whatever pager is connected; what came of it is shown where the team reads."""

from bot.domain.capabilities import Connections, Pager
from bot.domain.errors import NotFound, Refused
from bot.domain.person import Author
from bot.durable.run import DoneWithout, Run
from bot.features.oncall.service import Duties
from bot.store.pages import PageState

_TITLE = 120


async def page(run: Run, duties: Duties, connections: Connections, page: int) -> None:
    """Tried until the pager takes it, or until a person says that it is done without."""
    try:
        pager_id = await run.step("page", _page, run.key, duties, connections, page)
    except DoneWithout:
        await run.record("not sent", duties.ended, page, PageState.NOT_SENT.value, "")
        return
    await run.record("sent", duties.ended, page, PageState.SENT.value, pager_id)


async def _page(once: str, duties: Duties, connections: Connections, number: int) -> str:
    page = await duties.pages.get(number)
    if page is None:
        raise NotFound(f"page {number} is not in the store")
    pagers = connections.all(Pager)
    pager = next((one for one in pagers if one.source == page.source), next(iter(pagers), None))
    if pager is None:
        raise Refused("No system that can page is connected. Connect one, or call them yourself.")
    who = duties.names.known(page.who)
    by = Author(name=who.name if who else page.who, email=who.email if who else None)
    first = page.words.strip().split("\n")[0]
    title = f"{page.service}: {first}"[:_TITLE]
    return await pager.page(page.service_ref, title, page.words, by, once=once, email=None)
