"""How a host's pending updates and reboots are judged, figure by figure."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.check import Answer, Item, Status
from bot.domain.errors import NotInstalled, Refused
from bot.integrations import Wiring
from bot.integrations.eol_source import Lifecycles
from bot.integrations.http import Outside
from bot.integrations.prometheus.adapter import Prometheus
from bot.integrations.prometheus.settings import PrometheusSettings
from tests.integrations.contract.server import Canned, Request, serving, told
from tests.integrations.moment import AT
from tests.integrations.prometheus.figures import DAY, HOUR, NOW, Series, answering, healthy, on
from tests.integrations.prometheus.scripted import SCRIPT
from tests.integrations.prometheus.test_adapter import prometheus

OK, WARN, FAIL, UNKNOWN = Status.OK, Status.WARN, Status.FAIL, Status.UNKNOWN


async def ask(what: str, series: Mapping[str, Series], *, warning: str = "", **settings: Any) -> Answer:
    """The answer of a check to these figures. Any: whatever the settings and the thresholds take."""
    thresholds, patience = settings.pop("thresholds", None), settings.pop("patience", 3)
    answer = answering(series, **settings)

    def server(request: Request) -> Canned:
        found = answer(request) or SCRIPT.replying()(request)
        if warning and request.path == "/api/v1/query":
            none = {"resultType": "vector", "result": []}
            return told({"status": "success", "data": none, "warnings": [warning]})
        return found

    async with prometheus(server=server, thresholds=thresholds, patience=patience, **settings) as ours:
        found: Answer = await getattr(ours, what)()
        return found


def world(*hosts: str, **figures: Series) -> Mapping[str, Series]:
    return {**healthy(*(hosts or ("db1:9100",))), **{name.replace("_", " "): one for name, one in figures.items()}}


async def test_nothing_pending_is_ok_and_tells_how_much_else_there_is() -> None:
    answer = await ask("patches", world("a:1", "b:1", pending=[on("a:1", 12), on("b:1", 0)]))
    assert (answer.status, answer.summary) == (OK, "No security update is pending on 2 hosts (12 other updates)")


@pytest.mark.parametrize(
    ("waiting_days", "count", "status"), [(0.1, 3, WARN), (6.5, 3, WARN), (7.5, 3, FAIL), (30, 1, FAIL), (1, 51, FAIL)]
)
async def test_a_security_update_warns_at_first_and_fails_after_a_week_or_with_many(
    waiting_days: float, count: int, status: Status
) -> None:
    began = NOW - waiting_days * DAY
    figures = world(
        pending=[on("db1:9100", count + 12)],
        security=[on("db1:9100", count)],
        security_quiet=[on("db1:9100", began - 6 * HOUR)],
        security_seen=[on("db1:9100", NOW - 14 * DAY)],
    )
    answer = await ask("patches", figures)
    (one,) = answer.evidence
    assert (answer.status, one.title) == (status, "db1:9100")
    assert one.detail.startswith(f"{count} security update{'s' if count > 1 else ''} ")
    assert one.detail.endswith("12 other updates")
    assert one.since is not None
    assert abs(one.since - (AT - timedelta(days=waiting_days))) < timedelta(minutes=1)


async def test_what_was_never_seen_without_updates_waits_at_least_as_long_as_it_is_known() -> None:
    known = {"security": [on("db1:9100", 3)], "security seen": [on("db1:9100", NOW - 14 * DAY)]}
    answer = await ask("patches", {**world(), **known})
    assert (answer.status, answer.evidence[0].detail) == (FAIL, "3 security updates for at least 14 days")
    answer = await ask("patches", {**world(), **known, "security seen": [on("db1:9100", NOW - 3 * DAY)]})
    assert answer.status is WARN


async def test_a_team_s_own_limits_count() -> None:
    figures = world(
        pending=[on("db1:9100", 5)],
        security=[on("db1:9100", 2)],
        security_seen=[on("db1:9100", NOW - 3 * DAY)],
        lists=[on("db1:9100", NOW - 5 * HOUR)],
    )
    assert (await ask("patches", figures)).status is WARN
    for limit in ({"days": 2.0}, {"fail": 1.0}, {"stale_hours": 1.0, "stale_fail_hours": 4.0}):
        assert (await ask("patches", figures, thresholds={"prometheus.patches": limit})).status is FAIL
    for never in (math.inf, 1e300):
        patient = {"days": never, "fail": never, "other": never, "stale_hours": never, "stale_fail_hours": never}
        assert (await ask("patches", figures, thresholds={"prometheus.patches": patient})).status is WARN
    quiet = world(pending=[on("db1:9100", 51)])
    assert (await ask("patches", quiet)).status is WARN
    assert (await ask("patches", quiet, thresholds={"prometheus.patches": {"other": 100}})).status is OK


@pytest.mark.parametrize(
    ("figure", "value", "status", "words"),
    [
        ("lists", NOW - 37 * HOUR, WARN, "its package lists were updated 37 h ago"),
        ("lists", NOW - 8 * DAY, FAIL, "its package lists were updated 8 days ago"),
        ("lists", 0, FAIL, "it is not known that its package lists were updated at any time"),
        ("lists", "NaN", FAIL, "it is not known that its package lists were updated at any time"),
        ("lists", "+Inf", FAIL, "it is not known that its package lists were updated at any time"),
        ("lists", None, WARN, "it does not tell when its package lists were updated"),
        ("written", NOW - 37 * HOUR, WARN, "the figures were written 37 h ago"),
        ("written", NOW - 8 * DAY, FAIL, "the figures were written 8 days ago"),
        ("broken", 1, WARN, "node exporter cannot read a text file there, so figures may be missing"),
        ("security", "NaN", UNKNOWN, "its figures are no numbers"),
        ("pending", "-Inf", UNKNOWN, "its figures are no numbers"),
        ("security", None, UNKNOWN, "its figures are no numbers"),
    ],
)
async def test_nothing_pending_means_nothing_where_nobody_looked(
    figure: str, value: float | str | None, status: Status, words: str
) -> None:
    answer = await ask("patches", world(**{figure: [] if value is None else [on("db1:9100", value)]}))
    assert (answer.status, [one.detail for one in answer.evidence]) == (status, [words])


async def test_figures_from_the_future_are_none() -> None:
    answer = await ask("patches", world(lists=[on("db1:9100", NOW + 3 * HOUR)]))
    assert answer.status is WARN
    assert answer.evidence[0].detail.endswith("which is to come")


async def test_hosts_that_tell_nothing_are_not_well_by_their_silence() -> None:
    nodes = [on(f"{name}:1", 1, nodename=name) for name in "abcde"]
    answer = await ask("patches", world("a:1", "b:1", nodes=nodes))
    assert (answer.status, answer.summary) == (UNKNOWN, "no apt or yum metrics from 3 of 5 node exporters")
    assert answer.reason == answer.summary
    assert answer.evidence[0].detail == "c:1, d:1, e:1: install the script, or narrow PROMETHEUS_HOSTS"
    answer = await ask("reboots", world("a:1", "b:1", nodes=nodes))
    assert (answer.status, answer.summary) == (UNKNOWN, "no reboot metrics from 3 of 5 node exporters")


async def test_a_host_whose_exporter_is_down_is_not_well_by_its_silence() -> None:
    nodes = [on("a:1", 1, nodename="a"), on("b:1", 0)]
    answer = await ask("patches", world("a:1", nodes=nodes))
    assert (answer.status, answer.summary) == (UNKNOWN, "no word from 1 of 2 node exporters")


@pytest.mark.parametrize("what", ["patches", "reboots"])
async def test_where_no_host_tells_of_it_there_is_nothing_to_look_at_unless_the_settings_name_hosts(what: str) -> None:
    bare: Mapping[str, Series] = {"nodes": [on("a:1", 1, nodename="a")]}
    for figures in (bare, {}):
        with pytest.raises(NotInstalled):
            await ask(what, figures)
        with pytest.raises(Refused, match="No node exporter tells") as told_:
            await ask(what, figures, hosts='job="node"')
        assert not isinstance(told_.value, NotInstalled)
    with pytest.raises(Refused, match="No node exporter tells") as told_:
        await ask(what, {}, warning="a store did not answer")
    assert not isinstance(told_.value, NotInstalled)


async def test_rpm_hosts_do_not_tell_which_updates_are_for_security_so_that_none_of_them_is_fine() -> None:
    rpm: Mapping[str, Series] = {
        "nodes": [on("r:1", 1, nodename="r")],
        "yum": [on("r:1", 1)],
        "rpms": [on("r:1", 5)],
        "written": [on("r:1", NOW - 600)],
    }
    answer = await ask("patches", rpm)
    assert (answer.status, answer.evidence[0].detail) == (
        WARN,
        "5 updates, and yum does not tell which are for security",
    )
    assert (await ask("patches", {**rpm, "rpms": [on("r:1", 0)]})).status is OK
    # Without the time of its package lists only the file's own says whether a script still looks.
    assert (await ask("patches", {**rpm, "rpms": [on("r:1", 0)], "written": []})).status is WARN


async def test_the_list_begins_with_what_is_most_urgent() -> None:
    hosts = ["new:1", "old:1", "many:1", "late:1", "stale:1"]
    figures = world(
        *hosts,
        security=[on("new:1", 9), on("old:1", 1), on("many:1", 30), on("late:1", 2), on("stale:1", 0)],
        security_quiet=[on("new:1", NOW - 1 * DAY), on("old:1", NOW - 5 * DAY), on("many:1", NOW - 1 * DAY)],
        security_seen=[on("late:1", NOW - 9 * DAY)],
        lists=[*(on(host, NOW - HOUR) for host in hosts[:4]), on("stale:1", NOW - 40 * HOUR)],
        held=[on("late:1", 1)],
        reboot=[on("old:1", 1)],
    )
    answer = await ask("patches", figures)
    assert [one.title for one in answer.evidence] == ["late:1", "old:1", "many:1", "new:1", "stale:1"]
    assert answer.evidence[0].detail == "2 security updates for at least 9 days (1 package held back)"
    assert answer.evidence[1].detail == "1 security update for 4 days; a reboot is pending"
    assert answer.summary.startswith("42 security updates pending; 5 of 5 hosts to patch: late:1: 2 security updates")


@pytest.mark.parametrize(
    ("figures", "status", "words"),
    [
        ({"reboot": 1, "reboot quiet": NOW - 20 * HOUR}, WARN, "a reboot is pending since today"),
        ({"reboot": 1, "reboot quiet": NOW - 3 * DAY}, WARN, "a reboot is pending for 2 days"),
        ({"reboot": 1, "reboot seen": NOW - 8 * DAY}, FAIL, "a reboot is pending for at least 8 days"),
        (
            {"kernel": 3, "reboot quiet": NOW - 9 * DAY},
            FAIL,
            "a newer kernel waits for a reboot for 8 days",
        ),
        ({"kernel": 2}, WARN, "a newer build of its kernel waits for a reboot since today"),
        ({"services": 2}, WARN, "2 services still run what was replaced"),
        ({"microcode": 2}, WARN, "the microcode of its processor is old"),
        ({"written": NOW - 40 * HOUR}, WARN, "the figures were written 40 h ago"),
        ({"written": NOW - 9 * DAY}, FAIL, "the figures were written 9 days ago"),
        ({"reboot": "NaN"}, UNKNOWN, "its figures are no numbers"),
    ],
)
async def test_a_pending_reboot_warns_at_first_and_fails_after_a_week(
    figures: Mapping[str, float | str], status: Status, words: str
) -> None:
    answer = await ask("reboots", {**world(), **{name: [on("db1:9100", one)] for name, one in figures.items()}})
    assert (answer.status, [one.detail for one in answer.evidence]) == (status, [words])


async def test_no_reboot_pending_tells_on_whose_word() -> None:
    answer = await ask("reboots", world("a:1", "b:1", kernel=[on("a:1", 1), on("b:1", 0)]))
    assert (answer.status, answer.summary) == (
        OK,
        "No reboot is pending on 2 hosts (by needrestart on 1, else by the system's own mark)",
    )


async def test_hosts_are_told_apart_by_the_labels_of_the_settings() -> None:
    both = [({"cluster": name, "instance": "n:1", "nodename": "n"}, 1.0) for name in ("eu", "us")]
    figures: dict[str, Series] = dict.fromkeys(("nodes", "apt"), both)
    figures |= {name: [(labels, 0.0) for labels, _ in both] for name in ("security", "pending", "reboot")}
    figures |= {name: [(labels, NOW - HOUR) for labels, _ in both] for name in ("lists", "written")}
    answer = await ask("patches", figures, host_labels=("cluster", "instance"))
    assert answer.summary == "No security update is pending on 2 hosts (0 other updates)"


async def test_five_thousand_hosts_are_judged_and_the_worst_are_listed() -> None:
    hosts = [f"h{number:04}:1" for number in range(5_000)]
    series: dict[str, Series] = {name: [on(host, 1) for host in hosts] for name in ("apt", "security")}
    series |= {"lists": [on(host, NOW) for host in hosts], "security seen": [on("h4999:1", NOW - 9 * DAY)]}
    answer = await ask("patches", series, patience=60)
    assert (answer.status, len(answer.evidence), answer.evidence[0].title) == (FAIL, 200, "h4999:1")
    assert answer.summary.startswith("5000 security updates pending; 5000 of 5000 hosts to patch")


async def test_more_hosts_than_we_look_at_are_not_judged() -> None:
    with pytest.raises(Refused, match="20000 hosts or more"):
        await ask("patches", {"nodes": [on(f"{number}", 1) for number in range(20_000)]}, patience=60)


@pytest.mark.parametrize(
    "wrong",
    [{"hosts": "{job='x'}"}, {"host_labels": "in stance"}, {"security_origins": "("}, {"backup_exit_metric": "a b"}],
)
def test_settings_that_would_make_a_wrong_expression_are_refused(wrong: Mapping[str, str]) -> None:
    with pytest.raises(ValueError, match="Value error"):
        PrometheusSettings(url="http://127.0.0.1:1", **wrong)  # type: ignore[arg-type]  # as the environment gives it


SYSTEMS = {
    "a": {"id": "debian", "version_id": "13", "pretty_name": "Debian GNU/Linux 13 (trixie)"},
    "b": {"id": "debian", "version_id": "12", "pretty_name": "Debian GNU/Linux 12 (bookworm)"},
    "c": {"id": "ubuntu", "version_id": "22.10", "pretty_name": "Ubuntu 22.10"},
    "d": {"id": "arch", "pretty_name": "Arch Linux"},
}


async def releases(*hosts: str, nodes: Series = ()) -> Answer:
    """The answer for these hosts of `SYSTEMS`, on a day on which our own table is fresh."""
    series: dict[str, Series] = {
        "nodes": nodes or [on(f"{host}:1", 1, nodename=host) for host in hosts],
        "systems": [on(f"{host}:1", 1, **SYSTEMS[host]) for host in hosts],
    }
    answer = answering(series)

    def server(request: Request) -> Canned:
        return answer(request) or SCRIPT.replying()(request)

    outside = Outside(now=lambda: datetime(2026, 11, 1, tzinfo=UTC))
    try:
        async with serving(server) as address:
            wiring = Wiring(outside=outside, lifecycles=Lifecycles(outside))
            ours = Prometheus.connect(PrometheusSettings(url=address), wiring)
            check = next(one for one in ours.checks() if one.name == "prometheus.releases")
            assert check.item is Item.PATCHES
            return await check.ask()
    finally:
        await outside.aclose()


async def test_a_host_s_system_is_judged_by_its_end_of_life() -> None:
    well = await releases("a")
    assert (well.status, well.summary) == (OK, "The version of systems is supported (facts of 15 Sep 2026)")
    answer = await releases("a", "b", "c")
    assert [(one.title, one.status) for one in answer.evidence] == [
        ("Ubuntu 22.10", FAIL),
        ("Debian GNU/Linux 12 (bookworm)", WARN),
    ]
    assert answer.evidence[0].detail == "unsupported since 20 Jul 2023; c:1"


async def test_a_host_of_whose_system_nothing_is_known_or_told_is_not_fine() -> None:
    answer = await releases("a", "d")
    assert (answer.status, answer.evidence[0].detail) == (UNKNOWN, "nothing is known about its support; d:1")
    answer = await releases("a", nodes=[on("a:1", 1, nodename="a"), on("x:1", 1, nodename="x"), on("y:1", 0)])
    assert answer.status is UNKNOWN
    assert answer.summary.startswith("no name of a system from 1 of 3 node exporters; no word from 1 of 3")
    with pytest.raises(NotInstalled):
        await releases(nodes=[on("x:1", 1, nodename="x")])
