"""Annotations on Grafana's graphs, and panels as its renderer draws them."""

import json
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from bot.domain.errors import NotAuthorised, NotFound, Refused, VendorError
from bot.domain.mark import Mark
from bot.integrations import Wiring
from bot.integrations.grafana.adapter import Grafana
from bot.integrations.grafana.connecting import connect
from bot.integrations.grafana.marking import MarkingGrafana
from bot.integrations.grafana.panels import HEIGHT, WIDTH, Place, place_of
from bot.integrations.grafana.settings import GrafanaSettings
from bot.integrations.http import Outside
from bot.integrations.settings import IncompleteSettings
from tests.features.incidents.world import alert
from tests.integrations.contract.server import Canned, Request, said, serving, told
from tests.integrations.grafana.scripted import TOKEN
from tests.integrations.moment import AT, still

MARK = Mark(
    once="daywatch-inc-142",
    title='INC-142 SEV1 <b onclick="x">5xx</b>',
    since=AT,
    tags=("incident", "service:checkout"),
    link="https://acme.slack.com/archives/C0INC142",
)
PLACE = "https://g.example.com/d/abc%2Fd/checkout?orgId=1&from=1&viewPanel=4"


def png(width: int = WIDTH, height: int = HEIGHT) -> Canned:
    head = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height)
    return Canned(body=head + b"\x08\x06\x00\x00\x00", headers={"content-type": "image/png"})


@asynccontextmanager
async def grafana(answer: Callable[[Request], Canned]) -> AsyncIterator[Grafana]:
    outside = Outside(patience=3, now=still)
    try:
        async with serving(answer) as address:
            settings = GrafanaSettings(url=address, token=SecretStr(TOKEN), annotations=True)
            yield connect(settings, Wiring(outside=outside))
    finally:
        await outside.aclose()


class Notes:
    """Annotations as Grafana keeps them; `lost` drops the answer of the first call that changes something."""

    def __init__(self, *, lost: bool = False) -> None:
        self.kept: list[dict[str, object]] = []
        self.lost = lost

    def __call__(self, request: Request) -> Canned:
        if request.line == "GET /api/annotations":
            wanted = set(request.query["tags"])
            return told([one for one in self.kept if wanted <= set(one["tags"])])  # type: ignore[call-overload]
        body = json.loads(request.body)
        if request.line == "POST /api/annotations":
            self.kept.append({"id": len(self.kept) + 7, **body})
        else:
            assert request.method == "PATCH"
            self.kept[int(request.path.rpartition("/")[2]) - 7] |= body
        if self.lost:
            self.lost = False
            return Canned(ending="cut", body=b'{"message":"Annotation added"}')
        return told({"message": "Annotation added", "id": 7})


async def test_an_incident_is_one_annotation_from_its_beginning_to_its_end() -> None:
    notes = Notes()
    async with grafana(notes) as ours:
        assert isinstance(ours, MarkingGrafana)
        await ours.mark(MARK)
        await ours.mark(replace(MARK, until=AT + timedelta(hours=1)))
    (one,) = notes.kept
    begin = int(AT.timestamp() * 1000)
    assert (one["time"], one["timeEnd"]) == (begin, begin + 3_600_000)
    assert one["tags"] == ["daywatch", "daywatch-inc-142", "incident", "service:checkout"]
    assert "<b" not in str(one["text"])
    assert '<a href="https://acme.slack.com/archives/C0INC142">' in str(one["text"])


async def test_a_repeat_after_a_lost_answer_finds_the_first() -> None:
    notes = Notes(lost=True)
    async with grafana(notes) as ours:
        assert isinstance(ours, MarkingGrafana)
        with pytest.raises(VendorError):
            await ours.mark(MARK)
        await ours.mark(MARK)
    assert len(notes.kept) == 1


async def test_a_token_that_may_not_annotate_is_told_the_right() -> None:
    def answer(request: Request) -> Canned:
        return told([]) if request.method == "GET" else told({"message": "no", "accessErrorId": "A"}, 403)

    async with grafana(answer) as ours:
        assert isinstance(ours, MarkingGrafana)
        with pytest.raises(NotAuthorised, match="annotations:create"):
            await ours.mark(MARK)


def test_without_the_switch_it_only_reads() -> None:
    settings = GrafanaSettings(url="http://127.0.0.1:1", token=SecretStr(TOKEN))
    assert not isinstance(connect(settings, Wiring(outside=Outside())), MarkingGrafana)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        (PLACE, Place("abc/d", "4")),
        ("https://g.example.com/grafana/d/abc?viewPanel=panel-12", Place("abc", "12")),
        ("https://g.example.com/d/abc?orgId=1", None),
        ("https://g.example.com/alerting/grafana/ar1/view", None),
        ("https://g.example.com/d/abc?viewPanel=../../api", None),
        ("http://[half", None),
        (None, None),
    ],
)
def test_a_panel_is_found_in_the_address_of_an_alert(url: str | None, place: Place | None) -> None:
    assert place_of(url) == place


async def test_a_panel_is_drawn_around_the_start_of_its_alert_at_our_own_address() -> None:
    asked: list[Request] = []

    def answer(request: Request) -> Canned:
        asked.append(request)
        return png()

    fired = replace(alert(source="grafana"), url=PLACE, started_at=AT - timedelta(minutes=2))
    async with grafana(answer) as ours:
        panel = await ours.panel(fired)
    assert panel is not None
    assert panel.png.startswith(b"\x89PNG")
    assert "from an hour before" in panel.words
    (one,) = asked
    assert one.line == "GET /render/d-solo/abc%2Fd/panel"
    begin = int(fired.started_at.timestamp() * 1000) if fired.started_at else 0
    assert one.query["from"] == [str(begin - 3_600_000)]
    assert one.query["to"] == [str(int(AT.timestamp() * 1000))]
    assert one.query["panelId"] == ["4"]


@pytest.mark.parametrize(
    ("canned", "error"),
    [
        (png(1024, 640), Refused),  # "no image renderer", drawn by Grafana itself
        (png(0, 0), Refused),
        (said("<!doctype html><title>Login</title>"), Refused),
        (Canned(body=b"\x89PNG\r\n\x1a\n"), Refused),
        (told({"message": "Dashboard not found"}, 404), NotFound),
        (told({"message": "no"}, 401), NotAuthorised),
        (told({"message": "Rendering failed"}, 500), VendorError),
    ],
)
async def test_what_is_no_picture_of_the_panel_is_refused(canned: Canned, error: type[VendorError]) -> None:
    async with grafana(lambda _: canned) as ours:
        with pytest.raises(error):
            await ours.panel(replace(alert(source="grafana"), url=PLACE))


def test_the_switch_alone_names_what_is_missing() -> None:
    GrafanaSettings(url="http://127.0.0.1:1", token=SecretStr(TOKEN)).refuse_half_set()
    with pytest.raises(IncompleteSettings, match="GRAFANA_URL"):
        GrafanaSettings(annotations=True).refuse_half_set()
