"""Whatever stands in a page, a search or a report: Slack takes it, nothing in it acts, nothing of a page is lost."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.domain.incident import Incident, State
from bot.domain.plan import Team
from bot.domain.runbook import Runbook, RunbookMatch
from bot.features.runbooks import forms, running, views
from bot.features.runbooks.library import Library
from bot.features.runbooks.markdown import lines
from bot.features.runbooks.page_ref import PageRef
from bot.features.runbooks.search import Found, Hit
from bot.slack.fit import fit, fit_view
from bot.slack.limits import problems
from bot.slack.message import Message, View
from bot.store.runbook_runs import Report, RunbookRun, Tick
from tests.fakes.names import ANN, KIM, Staff
from tests.features.runbooks.pages import SHIPPED, TODAY, page
from tests.slack.hostile import TEXTS

NOW = datetime(2026, 11, 22, 3, 44, tzinfo=UTC)
INCIDENT = Incident(
    id=142,
    title="Checkout: 5xx at 12 %",
    severity="sev1",
    status=State.INVESTIGATING,
    team="platform",
    opened_at=NOW,
    changed_at=NOW,
    channel="C0INC142",
)
REF = PageRef(slug="checkout-errors", incident="INC-142")


def sent(message: Message) -> dict[str, Any]:
    shape = fit(message)
    assert problems(shape) == []
    return shape


def shown(view: View) -> dict[str, Any]:
    shape = fit_view(view)
    assert problems(shape) == []
    return shape


def a_run(steps: tuple[str, ...], title: str = "Checkout errors", **ticks: Tick) -> RunbookRun:
    return RunbookRun(
        id=7,
        incident=142,
        slug="checkout-errors",
        title=title,
        steps=steps,
        page=0,
        who=ANN.id,
        at=NOW - timedelta(minutes=20),
        ticks={int(place.removeprefix("s")): tick for place, tick in ticks.items()},
    )


def with_words(text: str) -> Runbook:
    """A page that says this everywhere a page can say something."""
    body = f"## Symptoms\n\n{text}\n\n```sh\n{text}\n```\n"
    return replace(page(), title=text or "x", owner=text or "x", steps=(text,) * 30, body=body)


# Shipped pages.


@pytest.mark.parametrize("runbook", Library.load(SHIPPED).pages, ids=lambda one: one.slug)
def test_a_shipped_page_is_shown_whole(runbook: Runbook) -> None:
    every = views.parts_of(runbook)
    for part, text in enumerate(every):
        shape = sent(views.page(runbook, replace(REF, slug=runbook.slug, part=part), TODAY))
        (block,) = [one for one in shape["blocks"] if one["type"] == "markdown"]
        assert block["text"] == text.strip()
        assert shape["blocks"][-1]["type"] == "actions"


@pytest.mark.parametrize("runbook", Library.load(SHIPPED).pages, ids=lambda one: one.slug)
def test_a_shipped_page_fits_a_modal_with_its_commands_whole(runbook: Runbook) -> None:
    drawn: list[str] = []
    for part in range(20):
        view = forms.page(runbook, PageRef(slug=runbook.slug, part=part), TODAY)
        shape = shown(view)
        assert shape["blocks"] == view.to_dict()["blocks"], "nothing was cut"
        blocks = [one for block in shape["blocks"] if block["type"] == "rich_text" for one in block["elements"]]
        drawn += [one["elements"][0]["text"] for one in blocks if one["type"] == "rich_text_preformatted"]
        if "Next part" not in str(shape):
            break
    commands = [one.text.strip() for one in lines(runbook.body) if one.fence and not one.text.strip().startswith("```")]
    assert commands
    assert [row.strip() for text in drawn for row in text.split("\n")] == commands


def test_a_page_full_of_what_counts_double_is_cut_smaller_not_shorter() -> None:
    body = "".join(f"## Part {number}\n\n{chr(34) * 70}\n{'x' * 50}\n\n" * 4 for number in range(40))
    runbook = replace(page(), body=body)
    every = views.parts_of(runbook)
    assert "".join(every) == body
    for part, text in enumerate(every):
        shape = sent(views.page(runbook, replace(REF, part=part), TODAY))
        assert shape["blocks"][1]["text"] == text.strip()


# Hostile and huge.


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_no_page_breaks_a_message_or_acts_in_it(text: str) -> None:
    runbook = with_words(text)
    hit = Hit(runbook=runbook, why=text, stale=False)
    messages = [
        views.page(runbook, REF, TODAY),
        views.results(text, Found(hits=(hit,) * 5, meant=text), TODAY, "INC-142"),
        views.results(text, Found(nearest=(runbook,) * 3), TODAY),
        views.best("INC-142", [RunbookMatch(runbook=runbook, reason=text, score=1)] * 9, TODAY),
        views.stale([runbook] * 40, 50, TODAY),
        views.gone(text),
        running.run(a_run(runbook.steps, title=text), INCIDENT, Staff(), NOW),
        running.run(a_run(runbook.steps, title=text), replace(INCIDENT, status=State.CLOSED), Staff(), NOW),
    ]
    for message in messages:
        for block in sent(message).get("blocks", ()):
            words = str(block.get("text", "")) + str(block.get("elements", "") if block["type"] == "context" else "")
            assert "<!" not in words
            assert "<@" not in words


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_no_page_breaks_a_modal(text: str) -> None:
    runbook, team = with_words(text), Team(name="platform", channel="#platform-ops")
    for view in (
        forms.page(runbook, REF, TODAY),
        forms.results(text, Found(hits=(Hit(runbook=runbook, why=text, stale=True),)), TODAY, ""),
        forms.wrong(runbook, REF, team),
        forms.told(runbook, team),
        forms.write(text, text, TODAY),
        forms.search("INC-142", text),
    ):
        assert shown(view)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_no_report_breaks_the_message_to_the_owners(text: str) -> None:
    report = Report(
        id=1, slug="checkout-errors", title=text, owner="x", words=text, incident=142, who="U0NOBODY1", at=NOW
    )
    assert sent(running.wrong(report, INCIDENT, Staff(), NOW))


def test_a_run_of_thirty_long_steps_keeps_ten_boxes_and_its_buttons() -> None:
    steps = tuple(f"Look at part {number} " + "and everything near it " * 12 for number in range(30))
    shape = sent(running.run(a_run(steps), INCIDENT, Staff(), NOW))
    (boxes,) = [block["elements"][0] for block in shape["blocks"] if block.get("block_id", "").startswith("run:")]
    assert len(boxes["options"]) == 10
    assert "Later steps" in str(shape)


def test_a_long_step_goes_on_below_its_box() -> None:
    step = "Compare the error rate by version on the dashboard, and write the worst one into the thread here."
    shape = sent(running.run(a_run((step,)), INCIDENT, Staff(), NOW))
    option = shape["blocks"][1]["elements"][0]["options"][0]
    assert f"{option['text']['text'].rstrip('…')} {option['description']['text']}" == f"1. {step}"


def test_a_line_with_a_command_or_a_name_in_it_keeps_every_character() -> None:
    whys = ("Look at `pg_wal` | on the primary", 'rate(http_requests_total{code=~"5.."}[5m])', "Payments fail & wait")
    hits = tuple(Hit(runbook=page(), why=why, stale=False) for why in whys)
    rows = [block["text"]["text"] for block in sent(views.results("x", Found(hits=hits), TODAY))["blocks"][1:]]

    assert "\n`Look at pg_wal on the primary`\n" in rows[0]
    assert '\n`rate(http_requests_total{code=~"5.."}[5m])`\n' in rows[1]
    assert "\nPayments fail &amp; wait\n" in rows[2]


# As they look.


def test_results_as_they_look(snapshot: SnapshotAssertion) -> None:
    hits = tuple(
        Hit(runbook=one, why="Payments fail.", stale=False)
        for one in (page(), page("old-one", title="Old one", reviewed="2025-08-01"))
    )
    assert sent(views.results("checkout 5xx", Found(hits=hits), TODAY, "INC-142")) == snapshot


def test_a_run_as_it_looks(snapshot: SnapshotAssertion) -> None:
    steps = page().steps
    assert sent(running.run(a_run(steps, s0=Tick(who=KIM.id, at=NOW)), INCIDENT, Staff(), NOW)) == snapshot


def test_a_page_as_it_looks(snapshot: SnapshotAssertion) -> None:
    assert sent(views.page(page(), REF, TODAY)) == snapshot


@pytest.mark.parametrize(
    ("key", "ref"),
    [
        ("disk-full", PageRef(slug="disk-full")),
        ("INC-142:disk-full|3", PageRef(slug="disk-full", incident="INC-142", part=3)),
        ("inc-142:disk-full", None),
        ("INC-142:", None),
        ("a|b", None),
        ("../etc/passwd", None),
        ("", None),
    ],
)
def test_what_a_button_carries_reads_back(key: str, ref: PageRef | None) -> None:
    assert PageRef.of(key) == ref
    assert ref is None or str(ref) == key


def test_the_shipped_folder_is_there() -> None:
    assert isinstance(SHIPPED, Path)
    assert Library.load(SHIPPED).pages
