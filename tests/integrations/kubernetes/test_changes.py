"""What was changed in a cluster lately, for the channel of an incident."""

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.change import Change, ChangeKind, Result
from bot.domain.errors import NotAuthorised
from tests.integrations.kubernetes.asking import connected
from tests.integrations.moment import AT, ago
from tests.kubernetes import things
from tests.kubernetes.apiserver import Apiserver, Thing

OLD = things.template("registry.example/shop:1.4.1")
NEW = things.template("registry.example:5000/shop:1.4.2")


def progressing(status: str, reason: str, **when: float) -> list[Thing]:
    moment = {"lastUpdateTime": ago(**when), "lastTransitionTime": ago(days=9)}
    return [{"type": "Progressing", "status": status, "reason": reason, **moment}]


async def changed(server: Apiserver, hours: float = 6) -> list[Change]:
    async with connected(server) as adapter:
        return list(await adapter.changed(AT - timedelta(hours=hours)))


def rolled(new: Thing = NEW, **annotations: str) -> Apiserver:
    server = Apiserver()
    return server.put(
        "replicasets.apps",
        things.replica_set("web-1", "web", 1, created=ago(days=9), made_of=OLD),
        things.replica_set("web-2", "web", 2, created=ago(hours=2), made_of=new, **annotations),
    )


async def test_a_new_revision_is_a_change_with_its_images() -> None:
    conditions = progressing("True", "NewReplicaSetAvailable", hours=1)
    server = rolled().put("deployments.apps", things.deployment(conditions=conditions))
    (change,) = await changed(server)
    assert (change.source, change.kind, change.title) == ("kubernetes", ChangeKind.DEPLOYMENT, "rolled out")
    assert (change.id, change.version) == ("uid-web:2", "shop:1.4.2")
    assert change.places == ("shop/web", "web", "shop")
    assert change.started_at == AT - timedelta(hours=2)
    assert (change.result, change.ended_at) == (Result.SUCCEEDED, AT - timedelta(hours=1))
    assert await changed(server, hours=0.5) == []


@pytest.mark.parametrize(
    ("conditions", "more", "expected"),
    [
        (progressing("True", "ReplicaSetUpdated", minutes=1), {"updatedReplicas": 1}, Result.RUNNING),
        (progressing("False", "ProgressDeadlineExceeded", minutes=1), {"updatedReplicas": 1}, Result.FAILED),
        (progressing("True", "NewReplicaSetAvailable", minutes=1), {}, Result.SUCCEEDED),
    ],
)
async def test_how_it_ended(conditions: list[Thing], more: dict[str, Any], expected: Result) -> None:
    server = rolled().put("deployments.apps", things.deployment(conditions=conditions, **more))
    (change,) = await changed(server)
    assert change.result is expected
    assert (change.ended_at is None) is (expected is Result.RUNNING)


async def test_of_several_revisions_each_is_told_and_only_the_newest_has_a_known_end() -> None:
    server = rolled().put("deployments.apps", things.deployment())
    server.put("replicasets.apps", things.replica_set("web-3", "web", 3, created=ago(hours=1), made_of=OLD))
    assert [(one.id, one.result) for one in await changed(server)] == [
        ("uid-web:2", Result.UNKNOWN),
        ("uid-web:3", Result.SUCCEEDED),
    ]


async def test_an_old_revision_that_is_used_again_is_a_roll_back() -> None:
    conditions = progressing("True", "NewReplicaSetAvailable", minutes=30)
    server = Apiserver().put("deployments.apps", things.deployment(conditions=conditions))
    marks = {"deployment.kubernetes.io/revision-history": "1"}
    server.put(
        "replicasets.apps",
        things.replica_set("web-2", "web", 2, created=ago(days=2), made_of=NEW),
        things.replica_set("web-1", "web", 3, created=ago(days=9), made_of=OLD, **marks),
    )
    (change,) = await changed(server)
    assert (change.id, change.title, change.version) == (
        "uid-web:3",
        "rolled back to an earlier revision",
        "shop:1.4.1",
    )
    assert change.started_at == AT - timedelta(minutes=30)


async def test_a_restart_is_called_so_and_a_cause_is_told_in_its_words() -> None:
    again = things.template("registry.example/shop:1.4.1", **{"kubectl.kubernetes.io/restartedAt": ago(hours=2)})
    server = rolled(again).put("deployments.apps", things.deployment())
    assert [one.title for one in await changed(server)] == ["restarted"]
    server = rolled(again, **{"kubernetes.io/change-cause": "new certificates"})
    server.put("deployments.apps", things.deployment())
    assert [one.title for one in await changed(server)] == ["new certificates"]


async def test_revisions_of_stateful_and_daemon_sets_are_told() -> None:
    server = Apiserver().put("statefulsets.apps", things.stateful_set()).put("daemonsets.apps", things.daemon_set())
    for number, (name, hours) in enumerate((("db", 2), ("db", 300), ("agent", 1), ("stranger", 1))):
        kind = "DaemonSet" if name == "agent" else "StatefulSet"
        found = things.metadata(f"{name}-{number}", "shop", ownerReferences=things.owner(kind, name))
        revision = {"metadata": {**found, "creationTimestamp": ago(hours=hours)}, "revision": number}
        server.put("controllerrevisions.apps", {**revision, "data": {"spec": {"template": NEW}}})
    assert [(one.id, one.places[0], one.version) for one in await changed(server)] == [
        ("uid-db:0", "shop/db", "shop:1.4.2"),
        ("uid-agent:2", "kube-system/agent", "shop:1.4.2"),
    ]


def scaled(words: str, about: str = "web", **when: float) -> Thing:
    involved = {"kind": "Deployment", "namespace": "shop", "name": about}
    found = things.event("ScalingReplicaSet", words, about=about, lastTimestamp=ago(**when))
    return {**found, "type": "Normal", "involvedObject": involved}


async def test_a_new_size_is_a_change_where_no_rollout_explains_it() -> None:
    server = Apiserver().put("deployments.apps", things.deployment())
    server.put("events", scaled("Scaled up replica set web-1 from 2 to 3", minutes=20))
    server.put("events", scaled("Scaled up replica set web-1 to 12", minutes=5))
    server.put("events", scaled("Scaled up replica set gone-1 to 12 ", about="gone", minutes=5))
    (change,) = await changed(server)
    assert (change.title, change.started_at, change.result) == (
        "scaled up to 12",
        AT - timedelta(minutes=5),
        Result.SUCCEEDED,
    )
    server = rolled().put("deployments.apps", things.deployment())
    server.put("events", scaled("Scaled up replica set web-2 from 0 to 3", minutes=20))
    assert [one.title for one in await changed(server)] == ["rolled out"]


async def test_what_cannot_be_read_in_full_is_not_told_in_part() -> None:
    server = rolled().put("deployments.apps", things.deployment())
    server.rights = {("list", one.key) for one in server.kinds} - {("list", "events")}
    with pytest.raises(NotAuthorised, match="list events"):
        await changed(server)
