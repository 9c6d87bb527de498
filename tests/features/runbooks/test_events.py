"""An incident opened: its card gets the best page, or learns that none fits."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.acts import Happened
from bot.features.runbooks import events
from bot.features.runbooks.librarian import Librarian
from bot.features.runbooks.service import Runbooks
from bot.store.database import Store
from tests.features.runbooks import pages
from tests.features.runbooks.asking import the
from tests.features.runbooks.conftest import NOW
from tests.store import an_alert, an_incident


async def soon(check: Callable[[], bool]) -> bool:
    """Whether it becomes true within five seconds."""
    for _ in range(500):
        if check():
            return True
        await asyncio.sleep(0.01)
    return False


async def test_the_card_gets_the_best_page_with_its_first_steps(runbooks: Runbooks, store: Store) -> None:
    incident = await an_incident(store, NOW)
    await an_alert(store, incident, NOW, labels={"alertname": "HighErrorRate"})
    await an_alert(store, incident, NOW, id="a2", title="long walk")
    news = the(await events.incident_opened(runbooks, {"incident": incident.id}), Happened)
    assert news.event == "incident.runbook_found"
    assert news.given == {
        "incident": incident.id,
        "runbook": {
            "slug": "checkout-errors",
            "title": "Checkout errors",
            "reason": "matches the alert name",
            "steps": ["Open the provider's status page.", "Compare error rates by version."],
            "total": 2,
            "others": 1,
        },
    }


async def test_only_the_first_three_steps_go_to_the_card(runbooks: Runbooks, store: Store) -> None:
    incident = await an_incident(store, NOW, title="a walk", service=None)
    found = the(await events.incident_opened(runbooks, {"incident": incident.id}), Happened).given["runbook"]
    assert (len(found["steps"]), found["total"]) == (3, 23)


async def test_when_nothing_fits_the_card_learns_that_too(runbooks: Runbooks, store: Store) -> None:
    incident = await an_incident(store, NOW, title="Moon fell down", service="search")
    news = the(await events.incident_opened(runbooks, {"incident": incident.id}), Happened)
    assert news.given == {"incident": incident.id, "runbook": {"slug": ""}}


async def test_an_incident_that_is_not_there_is_no_news(runbooks: Runbooks) -> None:
    assert await events.incident_opened(runbooks, {"incident": 77}) == ()


async def test_a_library_that_hangs_lets_the_news_be_heard_again(runbooks: Runbooks, store: Store) -> None:
    """Nothing is written down as "none fits" because nobody looked."""
    incident = await an_incident(store, NOW)
    runbooks.librarian.patience = 0.0
    with pytest.raises(TimeoutError):
        await events.incident_opened(runbooks, {"incident": incident.id})


async def test_an_alert_in_triage_gets_the_page_that_fits_it(runbooks: Runbooks, store: Store) -> None:
    incident = await an_incident(store, NOW)
    row = await an_alert(store, incident, NOW, labels={"alertname": "HighErrorRate"})
    news = the(await events.alert_waiting(runbooks, {"alert": row.id}), Happened)
    assert news.event == "alert.runbook_found"
    assert news.given == {"alert": row.id, "runbook": {"slug": "checkout-errors", "title": "Checkout errors"}}


async def test_an_alert_for_which_there_is_no_page_is_no_news(runbooks: Runbooks, store: Store) -> None:
    incident = await an_incident(store, NOW, service="search")
    row = await an_alert(store, incident, NOW, title="Moon fell down")
    assert await events.alert_waiting(runbooks, {"alert": row.id}) == ()
    assert await events.alert_waiting(runbooks, {"alert": 77}) == ()


async def test_a_message_in_triage_waits_for_no_library_that_hangs(runbooks: Runbooks, store: Store) -> None:
    row = await an_alert(store, await an_incident(store, NOW), NOW, labels={"alertname": "HighErrorRate"})
    runbooks.librarian.patience = 0.0
    assert await events.alert_waiting(runbooks, {"alert": row.id}) == ()


async def test_a_page_written_meanwhile_is_found_without_a_restart(shelf: Path) -> None:
    librarian = await Librarian.open(shelf)
    fresh = asyncio.create_task(librarian.keep_fresh(every=0.01))
    try:
        (shelf / "moon.md").write_text(pages.text(title="Moon fell"))
        assert await soon(lambda: librarian.page("moon") is not None)
        assert librarian.count() == 4
        (shelf / "bad.md").write_text("no front matter")
        assert await soon(lambda: bool(librarian.library.problems))
        assert librarian.count() == 4, "a bad page hides no good one"
    finally:
        fresh.cancel()
        await asyncio.gather(fresh, return_exceptions=True)
        librarian.close()


async def test_a_folder_that_is_not_there_is_an_empty_library_with_its_remedy(tmp_path: Path) -> None:
    librarian = await Librarian.open(tmp_path / "nowhere")
    assert librarian.count() == 0
    assert "DAYWATCH_RUNBOOKS" in str(librarian.library.problems[0])
    librarian.close()
