"""What Argo Rollouts rolled out lately, and what its notifications tell of it."""

import json
import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr

import bot.integrations.rollouts as rollouts_folder
from bot.domain.change import UNTOLD, Change, ChangeKind, ChangeReported, Result
from bot.domain.errors import BadSignature, NotAuthorised, Unreadable
from bot.integrations.rollouts.shapes import Notice
from bot.integrations.rollouts.webhook import RolloutsWebhook
from tests.integrations.moment import AT, ago
from tests.integrations.rollouts.asking import (
    REPLICA_SETS,
    ROLLOUTS,
    bare,
    connected,
    healthy,
    paused,
    replica_set,
    rollout,
)
from tests.integrations.rollouts.scripted import WEBHOOK_TOKEN, prove
from tests.kubernetes.apiserver import Apiserver, Thing

FIXTURES = Path(__file__).parent / "fixtures"
UPDATED = (FIXTURES / "updated.json").read_bytes()
webhook = RolloutsWebhook(SecretStr(WEBHOOK_TOKEN))
COMPLETED = {"type": "Completed", "status": "True", "lastTransitionTime": ago(hours=2)}
PROGRESSING = {"type": "Progressing", "status": "True", "lastUpdateTime": ago(hours=1)}


async def changed(server: Apiserver, hours: float = 24) -> Sequence[Change]:
    async with connected(server) as adapter:
        return await adapter.changed(AT - timedelta(hours=hours))


def notice(**changes: Any) -> bytes:
    """The recorded notice with some keys changed or (None) left out. Any: whatever JSON can hold."""
    body = json.loads(UPDATED) | changes
    return json.dumps({key: value for key, value in body.items() if value is not None}).encode()


def news(body: bytes) -> ChangeReported:
    (one,) = webhook.parse(body)
    assert isinstance(one, ChangeReported)
    return one


async def test_a_revision_is_a_change_with_its_images() -> None:
    server = bare().put(ROLLOUTS, rollout(conditions=[COMPLETED])).put(REPLICA_SETS, replica_set("7"))
    (one,) = await changed(server)
    assert (one.source, one.kind, one.title) == ("rollouts", ChangeKind.DEPLOYMENT, "rolled out")
    assert (one.id, one.version) == ("uid-web:7", "shop:1.4.2")
    assert one.places == ["shop/web", "web", "shop"]
    assert (one.started_at, one.ended_at) == (AT - timedelta(hours=3), AT - timedelta(hours=2))
    assert one.result is Result.SUCCEEDED
    assert await changed(server, 1) == []


@pytest.mark.parametrize(
    ("found", "result"),
    [
        (rollout(), Result.SUCCEEDED),
        (rollout(**paused(hours=1)), Result.RUNNING),
        (rollout(phase="Progressing"), Result.RUNNING),
        (rollout(stableRS="5b7c"), Result.RUNNING),
        (rollout(abort=True, phase="Degraded", abortedAt=ago(hours=1)), Result.FAILED),
        (rollout(phase="Degraded", conditions=[PROGRESSING]), Result.FAILED),
        (rollout(phase="Dreaming"), Result.UNKNOWN),
    ],
    ids=[str(number) for number in range(7)],
)
async def test_how_it_goes(found: Thing, result: Result) -> None:
    (one,) = await changed(bare().put(ROLLOUTS, found).put(REPLICA_SETS, replica_set("7")))
    assert one.result is result
    assert result is not Result.RUNNING or one.ended_at is None


async def test_only_of_the_newest_the_end_is_known_and_one_that_is_used_again_is_a_roll_back() -> None:
    back = replica_set("7", marks={"rollout.argoproj.io/revision-history": "5"})
    back["metadata"]["creationTimestamp"] = ago(days=9)
    server = bare().put(ROLLOUTS, rollout(conditions=[PROGRESSING])).put(REPLICA_SETS, back, replica_set("6"))
    older, newest = await changed(server)
    assert (older.id, older.result) == ("uid-web:6", Result.UNKNOWN)
    assert (newest.title, newest.started_at) == ("rolled back to an earlier revision", AT - timedelta(hours=1))


async def test_where_it_is_not_installed_nothing_was_changed_and_what_cannot_be_read_is_said() -> None:
    assert await changed(Apiserver()) == []
    server = healthy()
    server.rights = {("list", ROLLOUTS)}
    with pytest.raises(NotAuthorised, match=r"list replicasets\.apps"):
        await changed(server)


async def test_a_notice_and_a_look_tell_of_the_same_revision() -> None:
    (looked,) = await changed(healthy())
    told = news(UPDATED).change
    assert (told.id, told.places, told.version) == (looked.id, looked.places, looked.version)
    assert (told.environment, told.started_at, told.ended_at) == ("prod-eu", UNTOLD, None)


@pytest.mark.parametrize(
    ("event", "result"), [("updated", Result.RUNNING), ("completed", Result.SUCCEEDED), ("aborted", Result.FAILED)]
)
def test_the_event_is_the_result(event: str, result: Result) -> None:
    one = news((FIXTURES / f"{event}.json").read_bytes())
    assert one.change.result is result
    assert (one.change.ended_at is None) is (result is Result.RUNNING)


def test_other_events_are_nothing_and_few_fields_are_enough() -> None:
    assert webhook.parse((FIXTURES / "paused.json").read_bytes()) == []
    one = news(notice(images=None, cluster=None, uid=None, namespace=None)).change
    assert (one.id, one.places, one.version, one.environment) == ("web:7", ["web"], None, None)


@pytest.mark.parametrize(
    "body",
    [
        b"\xff",
        b"[" * 100_000,
        notice(event=None),
        notice(rollout=""),
        notice(revision=None),
        notice(revision="secret"),
        notice(images="secret"),
    ],
)
def test_what_is_not_as_documented_is_unreadable_and_not_quoted(body: bytes) -> None:
    with pytest.raises(Unreadable) as unreadable:
        webhook.parse(body)
    assert "secret" not in str(unreadable.value)


def test_the_secret_is_brought_along_and_the_rollout_orders_the_work() -> None:
    webhook.verify(prove(UPDATED), UPDATED)
    for headers in ({}, {"authorization": "Bearer another"}, {"authorization": WEBHOOK_TOKEN}):
        with pytest.raises(BadSignature, match=r"^rollouts$"):
            webhook.verify(headers, UPDATED)
    with pytest.raises(BadSignature):
        RolloutsWebhook(SecretStr("")).verify({"authorization": "Bearer "}, UPDATED)
    assert webhook.object_key(UPDATED) == webhook.object_key(notice(event="aborted", revision="8"))
    assert webhook.object_key(UPDATED) != webhook.object_key(notice(uid="other"))
    assert webhook.object_key(b"null") == "unreadable"
    assert webhook.delivery_key({}, UPDATED) is None


def test_the_templates_on_its_page_say_what_we_read() -> None:
    page = (Path(rollouts_folder.__file__).parent / "README.md").read_text()
    settings = yaml.safe_load(page.split("```yaml\n")[1].split("```")[0])["data"]
    for event in ("updated", "completed", "aborted"):
        body = yaml.safe_load(settings[f"template.daywatch-{event}"])["webhook"]["daywatch"]["body"]
        assert set(re.findall(r'"(\w+)":', body)) == set(Notice.model_fields)
        assert f'"event":"{event}"' in body
        assert yaml.safe_load(settings[f"trigger.on-rollout-{event}"]) == [{"send": [f"daywatch-{event}"]}]
