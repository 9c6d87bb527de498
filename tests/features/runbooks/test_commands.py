"""`/runbook`: the page for what fires, a search, one page, and what nobody has read for a year."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.acts import Open, Reply
from bot.domain.incident import State
from bot.features.runbooks import commands, forms
from bot.features.runbooks.service import Runbooks
from bot.store.database import Store
from tests.features.runbooks.asking import asked, read, the
from tests.features.runbooks.conftest import NOW
from tests.store import an_alert, an_incident


async def test_without_words_outside_an_incident_it_opens_the_search(runbooks: Runbooks) -> None:
    acts = await commands.runbook(runbooks, asked())
    assert the(acts, Open).view.callback_id == forms.SEARCH_FORM
    assert read(acts)


async def test_in_an_incident_it_shows_the_pages_that_fit_with_their_reasons(runbooks: Runbooks, store: Store) -> None:
    incident = await an_incident(store, NOW)
    await an_alert(store, incident, NOW, labels={"alertname": "HighErrorRate"})
    shown = read(await commands.runbook(runbooks, asked(channel="C0INC142")))
    assert f"fits {incident.name}" in shown
    assert "matches the alert name" in shown
    assert f"{incident.name}:checkout-errors" in shown


async def test_a_declared_incident_is_matched_by_what_was_said(runbooks: Runbooks, store: Store) -> None:
    await an_incident(store, NOW, title="A long walk through the cache", service=None)
    assert "Long walk" in read(await commands.runbook(runbooks, asked(channel="C0INC142")))


async def test_when_nothing_fits_the_incident_the_search_remembers_it(runbooks: Runbooks, store: Store) -> None:
    incident = await an_incident(store, NOW, title="Moon fell down", service="search")
    view = the(await commands.runbook(runbooks, asked(channel="C0INC142")), Open).view
    assert view.memory == {"incident": incident.name}


async def test_a_closed_incidents_channel_is_like_any_other(runbooks: Runbooks, store: Store) -> None:
    await an_incident(store, NOW, status=State.CLOSED)
    assert the(await commands.runbook(runbooks, asked(channel="C0INC142")), Open).view.memory == {"incident": ""}


async def test_words_find_pages_and_say_how_fresh_each_is(runbooks: Runbooks) -> None:
    shown = read(await commands.runbook(runbooks, asked(text="disk")))
    assert "1 runbook" in shown
    assert "stale: reviewed 14 months ago, owner platform" in shown
    assert "reviewed 12 Oct" in read(await commands.runbook(runbooks, asked(text="payments")))


async def test_misspelt_words_are_put_right_and_it_says_so(runbooks: Runbooks) -> None:
    shown = read(await commands.runbook(runbooks, asked(text="payemnts")))
    assert "searched for" in shown
    assert "Checkout errors" in shown


async def test_nothing_found_names_the_nearest_and_offers_to_write_one(runbooks: Runbooks) -> None:
    shown = read(await commands.runbook(runbooks, asked(text="zzqx")))
    assert "The nearest titles" in shown
    assert "Write one" in shown


async def test_an_empty_folder_says_what_a_page_is(runbooks: Runbooks, shelf: Path) -> None:
    for page in runbooks.librarian.library.pages:
        page.path.unlink()
    runbooks.librarian.library.refresh()
    assert "no runbook yet" in read(await commands.runbook(runbooks, asked(text="disk")))
    assert "no runbook yet" in read(await commands.stale(runbooks, asked()))


@pytest.mark.parametrize("words", ["disk-full", "Disk-Full", " disk-full "])
async def test_show_opens_a_page_by_its_name(runbooks: Runbooks, words: str) -> None:
    message = the(await commands.show(runbooks, asked(text=words)), Reply).message
    assert message.text.startswith("Runbook Disk full, ⏳ stale")
    assert "kubectl get pods" in read(message)


async def test_show_with_other_words_searches(runbooks: Runbooks) -> None:
    assert "Disk full" in read(await commands.show(runbooks, asked(text="the disk is full")))
    assert "Which page?" in read(await commands.show(runbooks, asked()))


async def test_stale_pages_come_in_a_table_the_oldest_first(runbooks: Runbooks, shelf: Path) -> None:
    old = (shelf / "disk-full.md").read_text().replace("2025-09-01", "2024-01-01").replace("Disk full", "Tape full")
    (shelf / "tape-full.md").write_text(old)
    runbooks.librarian.library.refresh()
    shown = read(await commands.stale(runbooks, asked()))
    assert "2 of 4 runbooks are stale" in shown
    assert shown.index("Tape full") < shown.index("Disk full")


async def test_when_all_are_fresh_it_says_what_stale_means(runbooks: Runbooks, shelf: Path) -> None:
    (shelf / "disk-full.md").unlink()
    runbooks.librarian.library.refresh()
    assert "stale after 12 months" in read(await commands.stale(runbooks, asked()))


async def test_a_library_that_hangs_is_not_waited_for(runbooks: Runbooks) -> None:
    runbooks.librarian.patience = 0.05
    asking = runbooks.librarian.library._asking
    with asking:  # as when a slow disk holds the index
        shown = read(await commands.runbook(runbooks, asked(text="disk")))
    assert "did not answer in time" in shown


def test_the_day_is_the_clocks(runbooks: Runbooks) -> None:
    assert runbooks.today() == datetime(2026, 11, 22, tzinfo=UTC).date()
