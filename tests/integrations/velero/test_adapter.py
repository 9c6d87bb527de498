"""Velero's checks: every row of how schedules, backups, volumes, storage and restores are judged."""

import hashlib
import re
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from bot.domain.change import ChangeKind, Result
from bot.domain.check import Answer, Status
from bot.domain.errors import NotInstalled
from bot.integrations import Wiring
from bot.integrations.http import Outside
from bot.integrations.velero.adapter import Velero
from bot.integrations.velero.settings import VeleroSettings
from tests.integrations.contract.server import serving
from tests.integrations.moment import AT, ago
from tests.integrations.velero.asking import (
    BACKUPS,
    DUE,
    LOCATIONS,
    POD_VOLUMES,
    REPOSITORIES,
    RESTORES,
    SCHEDULES,
    UPLOADS,
    asked,
    at,
    backup,
    bare,
    connected,
    healthy,
    location,
    made,
    restore,
    running,
    schedule,
    volume,
)
from tests.kubernetes.apiserver import Apiserver, Thing
from tests.kubernetes.config import kubeconfig

OK, WARN, FAIL, UNKNOWN = Status.OK, Status.WARN, Status.FAIL, Status.UNKNOWN


def only(answer: Answer) -> tuple[Status, str]:
    """The status and what is said of the one finding, or the summary where there is none."""
    if not answer.evidence:
        return answer.status, answer.summary
    (one,) = answer.evidence
    assert one.status is answer.status
    return answer.status, one.detail


def with_one(*backups: Thing, of: Thing | None = None) -> Apiserver:
    return bare().put(SCHEDULES, of or schedule()).put(BACKUPS, *backups)


async def said(what: str, server: Apiserver, **settings: Any) -> tuple[Status, str]:
    return only(await asked(what, server, **settings))


@pytest.mark.parametrize(
    ("told", "status", "words"),
    [
        ({"phase": None}, WARN, "not looked at it yet"),
        ({"phase": "New"}, WARN, "not looked at it yet"),
        ({"phase": "FailedValidation", "validationErrors": ["bad cron"]}, FAIL, "not valid, .*: bad cron"),
        ({"phase": "FailedValidation", "validationErrors": None}, FAIL, "no reason given"),
        ({"phase": "Dreaming"}, UNKNOWN, "Dreaming"),
        ({"lastSkipped": ago(minutes=5)}, WARN, "was skipped"),
        ({"lastSkipped": ago(days=2)}, OK, "All 1 schedules"),
        ({"lastBackup": ago(days=2)}, WARN, "a backup in time, and yet it ran .* for the last time"),
        ({"lastBackup": None}, WARN, "does not tell that it ever ran"),
        ({"lastBackup": ago(days=-2)}, UNKNOWN, "clocks differ"),
        ({}, OK, "All 1 schedules have a usable backup in time"),
    ],
)
async def test_a_schedule(told: dict[str, Any], status: Status, words: str) -> None:
    found = await said("schedules", with_one(backup(), of=schedule(**told)))
    assert found[0] is status
    assert re.search(words, found[1]), found


async def test_a_paused_schedule_warns_and_says_how_old_its_last_backup_is() -> None:
    found = await said("schedules", with_one(backup(days=9), of=schedule(paused=True)))
    assert found == (WARN, "paused, last usable backup 9 days ago")


async def test_no_usable_backup_since_it_was_due_fails() -> None:
    assert (await said("schedules", with_one(backup(days=1))))[0] is FAIL
    found = await said("schedules", with_one(backup(days=1), backup(phase="Failed")))
    assert found[0] is FAIL
    assert "ran and ended without a usable one" in found[1]
    found = await said("schedules", with_one(backup(days=1), of=schedule(lastBackup=ago(days=1))))
    assert found[0] is FAIL
    assert found[1].endswith("did not run")
    skipped = schedule(lastBackup=ago(days=1), lastSkipped=at(DUE))
    assert (await said("schedules", with_one(backup(days=1), of=skipped)))[1].endswith("skipped")
    assert (await said("schedules", with_one()))[1].startswith("no usable backup, due")


async def test_one_that_is_due_and_still_runs_warns_and_one_within_the_slack_is_ok() -> None:
    found = await said("schedules", with_one(backup(days=1), running()))
    assert found[0] is WARN
    assert found[1].endswith("still running")
    late = {"velero.schedules": {"late_minutes": 600}}
    assert (await asked("schedules", with_one(backup(days=1)), late)).status is OK


async def test_a_schedule_that_is_new_is_not_due_yet() -> None:
    new = schedule(lastBackup=None)
    new["metadata"]["creationTimestamp"] = ago(minutes=30)
    assert await said("schedules", with_one(of=new)) == (WARN, "new, and not due yet")
    assert await said("backups", with_one(of=new)) == (WARN, "there is none yet")


@pytest.mark.parametrize(
    "broken",
    [
        backup(phase="Deleting"),
        backup(expiration=ago(minutes=1)),
        {**backup(), "metadata": backup()["metadata"] | {"deletionTimestamp": ago(minutes=1)}},
        {**backup(), "status": None},
    ],
    ids=["deleting", "expired", "terminating", "without status"],
)
async def test_what_cannot_be_restored_from_is_not_usable(broken: Thing) -> None:
    found = await asked("schedules", with_one(broken))
    assert found.status in (FAIL, WARN)
    assert "no usable backup" in found.evidence[0].detail


async def test_a_backup_of_the_future_tells_nothing() -> None:
    found = await said("schedules", with_one(backup(startTimestamp=ago(hours=-5))))
    assert found == (UNKNOWN, "its last backup began in the future: the clocks differ")


@pytest.mark.parametrize(
    ("cron", "hours", "status"),
    [
        ("@every 6h", 5, OK),
        ("@every 6h", 8, FAIL),
        ("@every 1h30m", 3, FAIL),
        ("@daily", 60, FAIL),
        ("every day", 1, UNKNOWN),
        ("", 1, UNKNOWN),
        ("0 1 31 2 *", 1, UNKNOWN),
        ("@every 0s", 1, UNKNOWN),
    ],
)
async def test_forms_of_schedules(cron: str, hours: float, status: Status) -> None:
    server = with_one(backup(startTimestamp=ago(hours=hours)), of=schedule(cron=cron))
    assert (await said("schedules", server))[0] is status


async def test_a_schedule_is_read_in_the_zone_of_the_server_or_its_own() -> None:
    """Kiritimati is 14 hours ahead, all the year: it was due at the same moment, by another clock."""
    there = (DUE + timedelta(hours=14)).hour
    good = backup(days=1, startTimestamp=at(DUE))
    in_zone = f"CRON_TZ=Pacific/Kiritimati 0 {there} * * *"
    assert (await said("schedules", with_one(good, of=schedule(cron=in_zone))))[0] is OK
    plain = with_one(backup(days=1, startTimestamp=at(DUE - timedelta(hours=1))), of=schedule(cron=f"0 {there} * * *"))
    assert (await said("schedules", plain, time_zone="Pacific/Kiritimati"))[0] is FAIL
    own = with_one(good, of=schedule(cron=f"TZ=Pacific/Kiritimati 0 {there} * * *"))
    assert (await said("schedules", own, time_zone="Asia/Tokyo"))[0] is OK
    with pytest.raises(ValidationError, match="no time zone"):
        VeleroSettings(time_zone="Mars/Olympus")


async def test_a_schedule_that_must_be_there_is_missed() -> None:
    assert await said("schedules", healthy(), schedules=("daily", "weekly")) == (FAIL, "is not there")
    assert (await asked("schedules", bare(), schedules=("weekly",))).status is FAIL
    none = await asked("schedules", bare())
    assert none.status is UNKNOWN
    assert "in the namespace velero" in none.summary


def from_the_bucket(one: Thing) -> Thing:
    """As Velero makes it anew in a cluster that shares the bucket: after its end."""
    return {**one, "metadata": one["metadata"] | {"creationTimestamp": at(DUE + timedelta(minutes=8))}}


async def test_a_neighbours_backup_of_the_same_name_is_not_ours() -> None:
    server = with_one(from_the_bucket(backup()), backup(days=3))
    found = await said("schedules", server)
    assert found[0] is FAIL
    assert "last usable backup" in found[1]
    alone = with_one(from_the_bucket(backup()), of=schedule(lastBackup=ago(days=3)))
    assert "1 of this name came from the bucket, made elsewhere" in (await said("schedules", alone))[1]
    assert await said("backups", alone) == (FAIL, "none made here, though 1 of this name came from the bucket")


async def test_objects_that_were_made_anew_are_ours_where_the_schedule_here_made_them() -> None:
    server = with_one(*(from_the_bucket(backup(days=day)) for day in range(3)))
    assert (await said("schedules", server))[0] is OK
    assert (await said("backups", server))[0] is OK


async def test_a_neighbours_schedule_is_nobodys_here() -> None:
    stranger = backup("theirs", phase="Failed")
    assert (await said("backups", with_one(backup(), stranger)))[0] is OK


async def test_labels_tell_what_is_ours_where_they_are_set() -> None:
    ours = from_the_bucket(backup())
    ours["metadata"]["labels"]["cluster"] = "eu"
    server = with_one(ours, backup(days=-0.01, phase="Failed"))
    assert (await said("schedules", server, backup_labels=("cluster=eu",)))[0] is OK
    assert (await said("backups", server, backup_labels=("cluster=eu",)))[0] is OK
    assert (await said("backups", server, backup_labels=("cluster=us",)))[0] is FAIL


@pytest.mark.parametrize(
    ("told", "status", "words"),
    [
        ({"phase": "Completed"}, OK, "are complete"),
        ({"phase": "PartiallyFailed", "errors": 2}, WARN, "is not complete: 2 errors"),
        ({"phase": "Failed", "failureReason": "no space"}, FAIL, "failed: no space"),
        ({"phase": "FailedValidation", "validationErrors": ["no location"]}, FAIL, "is not valid: no location"),
        ({"phase": "Deleting"}, WARN, "is being deleted"),
        ({"phase": "Dreaming"}, UNKNOWN, "Dreaming"),
        ({"csiVolumeSnapshotsCompleted": 10}, WARN, "10 of 12 CSI snapshots"),
        ({"volumeSnapshotsAttempted": 3}, WARN, "0 of 3 volume snapshots"),
        ({"backupItemOperationsAttempted": 3}, WARN, "0 of 3 operations"),
        ({"backupItemOperationsFailed": 1}, WARN, "1 operations of plugins"),
        ({"hookStatus": {"hooksAttempted": 2, "hooksFailed": 1}}, WARN, "1 hooks of"),
        ({"errors": 1}, WARN, "had 1 errors"),
        ({"progress": {"totalItems": 0}}, WARN, "has nothing in it"),
        ({"progress": None}, WARN, "does not tell how much"),
        ({"progress": {"totalItems": 3120, "itemsBackedUp": 3000}}, WARN, "3000 of 3120 things"),
        ({"progress": {"totalItems": 1500, "itemsBackedUp": 1500}}, WARN, "1500 things, and usually there are 3120"),
        ({"progress": {"totalItems": 1600, "itemsBackedUp": 1600}}, OK, "are complete"),
        ({"expiration": ago(hours=-5)}, WARN, "expires in 5 h"),
        ({"expiration": None}, OK, "are complete"),
    ],
)
async def test_the_newest_backup(told: dict[str, Any], status: Status, words: str) -> None:
    server = with_one(backup(**told), *(backup(days=day) for day in range(1, 9)))
    found = await said("backups", server)
    assert found[0] is status
    assert words in found[1]


@pytest.mark.parametrize(("paused", "ends_in", "status"), [(False, 20, OK), (True, 20, WARN), (False, 0.5, WARN)])
async def test_one_that_lives_shortly_is_well_while_the_next_comes_in_time(
    *, paused: bool, ends_in: float, status: Status
) -> None:
    last = backup(startTimestamp=ago(minutes=50), completionTimestamp=ago(minutes=49), expiration=ago(hours=-ends_in))
    answer = await asked("backups", with_one(last, of=schedule(cron="0 * * * *", paused=paused)))
    assert answer.status is status


async def test_no_backup_at_all_is_alarming_unless_nobody_wanted_one() -> None:
    assert await said("backups", with_one()) == (FAIL, "there is none")
    assert (await said("backups", with_one(of=schedule(paused=True))))[0] is WARN
    assert (await asked("backups", bare())).status is UNKNOWN


@pytest.mark.parametrize(
    ("phase", "told", "status", "words"),
    [
        ("InProgress", {}, OK, "are complete"),
        ("InProgress", {"startTimestamp": ago(hours=7)}, WARN, "runs for 7 h"),
        ("WaitingForPluginOperations", {}, OK, "are complete"),
        ("Finalizing", {}, OK, "are complete"),
        ("WaitingForPluginOperationsPartiallyFailed", {}, WARN, "will not be complete"),
        ("FinalizingPartiallyFailed", {}, WARN, "will not be complete"),
        ("Queued", {"startTimestamp": None}, WARN, "waits for"),
        ("ReadyToStart", {"startTimestamp": None}, WARN, "waits for"),
        ("", {"startTimestamp": None}, WARN, "waits for"),
        ("New", {"startTimestamp": ago(minutes=5)}, OK, "are complete"),
    ],
)
async def test_one_that_runs(phase: str, told: dict[str, Any], status: Status, words: str) -> None:
    found = await said("backups", with_one(running(phase, **told), backup(days=1)))
    assert found[0] is status
    assert words in found[1]


async def test_while_one_runs_the_one_before_is_judged() -> None:
    found = await said("backups", with_one(running(), backup(days=1, phase="Failed", failureReason="no space")))
    assert found[0] is FAIL


async def test_one_that_makes_no_progress_is_seen_at_the_second_look() -> None:
    server = with_one(running(progress={"itemsBackedUp": 7}), backup(days=1))
    moment = [AT]
    outside = Outside(now=lambda: moment[0])
    async with serving(server.answer) as address:
        adapter = Velero.connect(VeleroSettings(kubeconfig=kubeconfig(address)), Wiring(outside=outside))
        check = next(one for one in adapter.checks() if one.name == "velero.backups")
        assert (await check.ask()).status is OK
        moment[0] = AT + timedelta(minutes=61)
        still = await check.ask()
        assert (still.status, "makes no progress for 61 min" in still.summary) == (WARN, True)
        server.put(BACKUPS, running(progress={"itemsBackedUp": 8}))
        moment[0] += timedelta(minutes=1)
        assert (await check.ask()).status is OK
        await adapter.aclose()
        await outside.aclose()


@pytest.mark.parametrize("kind", [POD_VOLUMES, UPLOADS])
@pytest.mark.parametrize(
    ("phase", "status"),
    [
        ("Completed", OK),
        ("Failed", WARN),
        ("Canceled", WARN),
        ("InProgress", WARN),
        ("", WARN),
        ("Dreaming", UNKNOWN),
    ],
)
async def test_volume_data_of_the_newest_backup(kind: str, phase: str, status: Status) -> None:
    server = with_one(backup(), backup(days=1)).put(kind, volume(phase=phase))
    server.put(kind, volume("old", "Failed", of=backup(days=1)["metadata"]["name"]))
    assert (await said("volumes", server))[0] is status


async def test_volume_data_on_its_way_is_ok_while_the_backup_runs() -> None:
    assert (await said("volumes", with_one(running()).put(UPLOADS, volume(phase="InProgress"))))[0] is OK
    assert (await asked("volumes", with_one())).status is UNKNOWN


async def test_while_one_runs_the_volume_data_of_the_one_before_is_judged() -> None:
    before = backup(days=1)
    failed = volume(phase="Failed", of=before["metadata"]["name"])
    assert (await said("volumes", with_one(running(), before).put(UPLOADS, failed)))[0] is WARN


async def test_volume_data_is_found_by_label_also_of_a_long_name() -> None:
    long = "daily-with-a-very-long-name-that-no-label-could-ever-hold-as-it-is"
    one = backup()
    one["metadata"]["name"] = long
    label = long[:57] + hashlib.sha256(long.encode()).hexdigest()[:6]
    found = volume(phase="Failed", ownerReferences=[], labels={"velero.io/backup-name": label})
    assert (await said("volumes", with_one(one).put(POD_VOLUMES, found)))[0] is WARN


@pytest.mark.parametrize(
    ("found", "status", "words"),
    [
        (location(), OK, "All 1 storage locations"),
        (location(phase="Unavailable", message="AccessDenied"), FAIL, "cannot be used: AccessDenied"),
        (location(phase=""), FAIL, "nobody ever found"),
        ({**location(), "status": None}, FAIL, "nobody ever found"),
        (location(phase="Dreaming"), UNKNOWN, "Dreaming"),
        (location(spec={"accessMode": "ReadOnly"}), WARN, "read-only"),
        (location(spec={"accessMode": None}), OK, "All 1"),
        (location(spec={"accessMode": "Odd"}), UNKNOWN, "Odd"),
        (location(lastValidationTime=ago(minutes=11)), FAIL, "server down"),
        (location(lastValidationTime=ago(minutes=11), spec={"validationFrequency": "5m0s"}), OK, "All 1"),
        (location(lastValidationTime=ago(hours=11), spec={"validationFrequency": "1h0m0s"}), FAIL, "server down"),
        (location(spec={"validationFrequency": "0s"}), WARN, "nobody looks"),
        (location(spec={"validationFrequency": "often"}), UNKNOWN, "cannot be read"),
        (location(lastValidationTime=None), UNKNOWN, "does not tell"),
        (location(lastValidationTime=ago(hours=-1)), UNKNOWN, "in the future"),
    ],
    ids=[str(number) for number in range(15)],
)
async def test_a_storage_location(found: Thing, status: Status, words: str) -> None:
    answer = await said("storage", bare().put(LOCATIONS, found))
    assert answer[0] is status
    assert words in answer[1]


@pytest.mark.parametrize(("phase", "status"), [("Ready", OK), ("NotReady", WARN), ("New", WARN), ("Odd", UNKNOWN)])
async def test_a_repository(phase: str, status: Status) -> None:
    one = {"metadata": made("shop-kopia"), "status": {"phase": phase, "message": "locked"}}
    assert (await said("storage", bare().put(LOCATIONS, location()).put(REPOSITORIES, one)))[0] is status


@pytest.mark.parametrize(
    ("found", "status", "words"),
    [
        ([restore()], OK, "A restore did well"),
        ([], WARN, "Nobody tried"),
        ([restore(days=31)], WARN, "31 days ago, longer than 30 days"),
        ([restore(), restore("later", "Failed", days=1, failureReason="no class")], FAIL, "failed: no class"),
        ([restore(phase="FailedValidation", validationErrors=["gone"])], FAIL, "failed: gone"),
        ([restore(phase="PartiallyFailed", errors=3)], WARN, "did not restore all: 3 errors"),
        ([restore(errors=2)], WARN, "had 2 errors"),
        ([restore(), restore("now", "InProgress", days=0)], OK, "A restore did well"),
        ([restore("now", "InProgress", days=0)], WARN, "No restore has ended"),
        ([restore(), restore("odd", "Dreaming", days=0)], UNKNOWN, "Dreaming"),
        ([restore(days=-1)], UNKNOWN, "clocks differ"),
    ],
    ids=[str(number) for number in range(11)],
)
async def test_restores(found: list[Thing], status: Status, words: str) -> None:
    answer = await said("restores", bare().put(RESTORES, *found))
    assert answer[0] is status
    assert words in answer[1]


async def test_only_tests_of_restores_count_where_the_settings_tell_them() -> None:
    server = bare().put(RESTORES, restore("drill-1", days=40), restore("oops", "Failed", days=1))
    server.thing(RESTORES, "oops", "velero")["metadata"]["labels"] = {}
    for known in (("drill-",), ("purpose=test",)):
        assert (await said("restores", server, restore_tests=known))[0] is WARN
    assert (await said("restores", server, restore_tests=("other-",))) == (WARN, "Nobody tried to restore a backup")


async def test_a_restore_is_a_change_of_what_is_there() -> None:
    server = bare().put(RESTORES, restore(days=0.1), restore("old", days=9), restore("now", "InProgress", days=0))
    async with connected(server) as adapter:
        now, done = await adapter.changed(AT - timedelta(days=1))
    assert (done.source, done.kind, done.title) == ("velero", ChangeKind.INFRASTRUCTURE, "restore of daily-1")
    assert (done.id, done.result, done.places) == ("uid-test-restore", Result.SUCCEEDED, ["shop-test"])
    assert (now.result, now.ended_at) == (Result.RUNNING, None)


async def test_bad_news_on_the_second_page_is_found() -> None:
    server = with_one(*(backup(days=day) for day in range(1, 9)), backup(phase="Failed"))
    server.page = 2
    assert (await said("backups", server))[0] is FAIL


async def test_where_it_is_not_installed_it_has_no_line_unless_somebody_named_it() -> None:
    async with connected(Apiserver()) as adapter:
        for check in adapter.checks():
            with pytest.raises(NotInstalled):
                await check.ask()
        assert await adapter.changed(AT) == []
        assert {trouble for _, trouble in await adapter.probe()} == {None}
    async with connected(Apiserver(), namespace="velero") as adapter:
        for check in adapter.checks():
            with pytest.raises(Exception, match=r"no .* installed") as missed:
                await check.ask()
            assert not isinstance(missed.value, NotInstalled)


async def test_older_versions_without_repositories_and_data_movers_are_judged() -> None:
    server = healthy()
    server.kinds = [one for one in server.kinds if one.plural not in ("backuprepositories", "datauploads")]
    for what in ("storage", "volumes"):
        assert (await asked(what, server)).status is OK
    async with connected(server) as adapter:
        assert {trouble for _, trouble in await adapter.probe()} == {None}


async def test_a_missing_right_is_named_also_where_the_kind_is_optional() -> None:
    server = healthy()
    server.rights = {("list", one.key) for one in server.kinds} - {("list", UPLOADS)}
    answer = await asked("volumes", server)
    assert answer.status is UNKNOWN
    assert "list datauploads.velero.io in velero" in (answer.reason or "")
    async with connected(server) as adapter:
        assert [what for what, trouble in await adapter.probe() if trouble] == ["list datauploads.velero.io in velero"]


async def test_each_cluster_has_lines_of_its_own() -> None:
    settings = VeleroSettings(kubeconfig="/nowhere", contexts=("eu", "us"))
    outside = Outside()
    checks = Velero.connect(settings, Wiring(outside=outside)).checks()
    assert {(one.name, one.instance) for one in checks} >= {("velero.backups", "eu"), ("velero.backups", "us")}
    await outside.aclose()
