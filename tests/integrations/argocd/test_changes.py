"""What Argo CD synced lately, and what its notifications tell of it."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr

import bot.integrations.argocd as argocd_folder
from bot.domain.capabilities import ChangeLog
from bot.domain.change import ChangeKind, ChangeReported, Result
from bot.domain.errors import BadSignature, Refused, Unreadable
from bot.integrations.argocd.settings import ArgoCDSettings
from bot.integrations.argocd.shapes import Notice
from bot.integrations.argocd.webhook import ArgoCDWebhook
from tests.integrations.argocd.connected import argocd
from tests.integrations.argocd.scripted import APPS, COMMIT, WEBHOOK_TOKEN, app, apps, operation, prove
from tests.integrations.contract.server import Canned, Request, told
from tests.integrations.moment import AT, ago

FIXTURES = Path(__file__).parent / "fixtures"
FAILED = (FIXTURES / "on-sync-failed.json").read_bytes()
webhook = ArgoCDWebhook(SecretStr(WEBHOOK_TOKEN))
DAY = AT - timedelta(days=1)


def notice(**changes: Any) -> bytes:
    """The recorded notice with some keys changed or (None) left out. Any: whatever JSON can hold."""
    body = json.loads(FAILED) | changes
    return json.dumps({key: value for key, value in body.items() if value is not None}).encode()


def news(body: bytes) -> ChangeReported:
    (one,) = webhook.parse(body)
    assert isinstance(one, ChangeReported)
    return one


def deployed(**more: Any) -> dict[str, Any]:
    found = {
        "id": 12,
        "revision": COMMIT,
        "deployStartedAt": ago(hours=5, seconds=50),
        "deployedAt": ago(hours=5),
        "initiatedBy": {"username": "ann"},
    }
    return found | more


async def test_the_history_and_the_last_operation_tell_of_each_sync_once() -> None:
    old = deployed(deployStartedAt=ago(days=2), deployedAt=ago(days=2))
    failed = operation("Failed", startedAt=ago(hours=1), finishedAt=ago(minutes=59), syncResult={"revision": "v1.4.3"})
    found = apps(app(history=[old, deployed()]), app("shop-api", history=None, operationState=failed))
    async with argocd({APPS: found}) as ours:
        assert isinstance(ours, ChangeLog)
        web, api = await ours.changed(DAY)
    began = datetime.fromisoformat(ago(hours=5, seconds=50))
    assert web.id == f"argocd/shop-web@{began.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    assert (web.source, web.kind, web.title) == ("argocd", ChangeKind.DEPLOYMENT, "sync shop-web")
    assert (web.result, web.version, web.by, web.environment) == (Result.SUCCEEDED, COMMIT[:10], "auto-sync", "prod-eu")
    assert web.places == ["shop-web", "acme/shop", "shop/shop-web", "shop"]
    assert (web.url or "").endswith("/applications/argocd/shop-web")
    assert (api.result, api.version) == (Result.FAILED, "v1.4.3")


async def test_a_sync_that_runs_has_no_end_and_a_trial_is_no_change() -> None:
    going = operation("Running", startedAt=ago(minutes=1), finishedAt=None, syncResult=None)
    trial = operation(operation={"sync": {"dryRun": True}})
    async with argocd({APPS: apps(app(operationState=going), app("b", operationState=trial))}) as ours:
        (one,) = await ours.changed(DAY)
    assert (one.result, one.ended_at, one.version) == (Result.RUNNING, None, None)


async def test_several_sources_and_old_histories_are_read() -> None:
    line = deployed(revision=None, revisions=["1.4.2", COMMIT], deployStartedAt=None, initiatedBy=None)
    sources = [{"repoURL": "https://charts.example/x"}, {"repoURL": "git@git.example:acme/shop.git"}]
    one_app = app(history=[line], operationState=None, spec={"source": None, "sources": sources, "destination": None})
    async with argocd({APPS: apps(one_app)}) as ours:
        (one,) = await ours.changed(DAY)
    assert (one.version, one.by, one.environment) == ("1.4.2", None, None)
    assert one.started_at == one.ended_at
    assert one.places == ["shop-web", "charts.example/x", "acme/shop", "shop"]


async def test_a_history_that_is_full_leaves_no_answer() -> None:
    full = [deployed(deployStartedAt=ago(minutes=number), deployedAt=ago(minutes=number)) for number in range(1, 4)]
    async with argocd({APPS: apps(app(history=full, spec={"revisionHistoryLimit": 3}))}) as ours:
        with pytest.raises(Refused, match="more often since then than its history holds"):
            await ours.changed(DAY)
    async with argocd({APPS: apps(app(history=full, operationState=None))}) as ours:
        assert len(await ours.changed(DAY)) == 3


async def test_nothing_since_then_is_an_answer() -> None:
    async with argocd({APPS: apps(app(), {"metadata": {"name": "new"}})}) as ours:
        assert await ours.changed(AT) == []


async def test_histories_are_asked_for_by_their_fields() -> None:
    asked: list[Request] = []

    def server(request: Request) -> Canned:
        asked.append(request)
        return told({"items": []})

    async with argocd(server=server) as ours:
        assert await ours.changed(AT) == []
    assert "items.status.history" in asked[0].query["fields"][0].split(",")


def test_a_failed_sync_is_a_change() -> None:
    one = news(FAILED)
    change = one.change
    assert one.at == change.ended_at == datetime(2026, 3, 2, 4, 55, tzinfo=UTC)
    assert (change.id, change.result) == ("argocd/shop-web@2026-03-02T04:54:10Z", Result.FAILED)
    assert (change.version, change.by, change.environment) == (COMMIT[:10], "ann", "prod-eu")
    assert change.places == ["shop-web", "acme/shop", "shop/shop-web", "shop"]
    assert change.url == "https://argocd.example/applications/argocd/shop-web"


async def test_a_notice_and_a_look_tell_of_the_same_sync() -> None:
    state = operation("Failed", startedAt="2026-03-02T04:54:10Z", finishedAt="2026-03-02T04:55:00Z")
    async with argocd({APPS: apps(app(operationState=state))}) as ours:
        (looked,) = await ours.changed(datetime(2026, 3, 1, tzinfo=UTC))
    told_of = news(FAILED).change
    assert (looked.id, looked.places, looked.result) == (told_of.id, told_of.places, told_of.result)


def test_one_that_runs_is_the_same_change_without_an_end() -> None:
    one = news((FIXTURES / "on-sync-running.json").read_bytes())
    assert (one.change.id, one.change.result, one.change.ended_at) == (news(FAILED).change.id, Result.RUNNING, None)
    assert (one.change.by, one.at < news(FAILED).at) == ("auto-sync", True)


@pytest.mark.parametrize(
    ("phase", "result"),
    [
        ("Succeeded", Result.SUCCEEDED),
        ("Error", Result.FAILED),
        ("Terminating", Result.RUNNING),
        ("Dreaming", Result.UNKNOWN),
    ],
)
def test_the_phase_is_the_result(phase: str, result: Result) -> None:
    assert news(notice(phase=phase)).change.result is result


def test_a_notice_of_few_fields_is_read() -> None:
    change = news((FIXTURES / "on-health-degraded--with-few-fields.json").read_bytes()).change
    assert (change.id, change.version) == ("/shop-web@2026-03-02T04:55:00Z", "7be2c1f")
    assert change.places == ["shop-web", "shop"]
    assert news(notice(revision=None, revisions=["1.4.2"])).change.version == "1.4.2"
    assert news(notice(url="javascript:alert(1)")).change.url is None


@pytest.mark.parametrize("body", [notice(phase=None), notice(phase="<no value>"), notice(dryRun=True)])
def test_what_tells_of_no_sync_is_nothing(body: bytes) -> None:
    assert webhook.parse(body) == []
    assert webhook.parse((FIXTURES / "on-health-degraded--never-synced.json").read_bytes()) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[" * 100_000,
        b"{}",
        b'{"message": "a template of the admin\'s own"}',
        notice(app=None),
        notice(app=""),
        notice(startedAt=None, finishedAt=None),
        notice(startedAt="yesterday"),
        notice(startedAt="2026-03-02T04:54:10"),
        notice(startedAt="0001-01-01T00:00:00Z", finishedAt=None),
    ],
)
def test_what_is_not_as_documented_is_unreadable_and_not_quoted(body: bytes) -> None:
    with pytest.raises(Unreadable) as unreadable:
        webhook.parse(body)
    assert len(str(unreadable.value)) < 200
    assert "yesterday" not in str(unreadable.value)


def test_the_secret_is_brought_along() -> None:
    webhook.verify(prove(FAILED), FAILED)
    for headers in ({}, {"authorization": "Bearer another"}, {"authorization": WEBHOOK_TOKEN}):
        with pytest.raises(BadSignature, match=r"^argocd$"):
            webhook.verify(headers, FAILED)
    with pytest.raises(BadSignature):
        ArgoCDWebhook(SecretStr("")).verify({"authorization": "Bearer "}, FAILED)
    assert not ArgoCDSettings(url="http://127.0.0.1:1", token=SecretStr("x")).on("inbound")


def test_the_application_orders_the_work_and_text_that_no_store_can_hold_is_mended() -> None:
    assert webhook.object_key(FAILED) == webhook.object_key(notice(phase="Running"))
    assert webhook.object_key(FAILED) != webhook.object_key(notice(namespace="other"))
    assert webhook.object_key(b"[" * 100_000) == webhook.object_key(b"null") == "unreadable"
    assert webhook.delivery_key(prove(FAILED), FAILED) is None
    assert news(notice(by="a\x00b\ud800")).change.by == "a\ufffdb\ufffd"
    assert news(FAILED.replace(b"ann", b"a\nnn")).change.by == "a\nnn"


def test_the_template_on_its_page_says_what_we_read() -> None:
    page = (Path(argocd_folder.__file__).parent / "README.md").read_text()
    settings = yaml.safe_load(page.split("```yaml\n")[1].split("```")[0])["data"]
    body = yaml.safe_load(settings["template.daywatch"])["webhook"]["daywatch"]["body"]
    read = {field.alias or name for name, field in Notice.model_fields.items()}
    assert set(re.findall(r'"(\w+)":', body)) == read
    assert {one["send"][0] for one in yaml.safe_load(settings["trigger.daywatch"])} == {"daywatch"}
