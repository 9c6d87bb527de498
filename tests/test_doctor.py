"""`daywatch doctor` says of everything: works, or what to do; and changes nothing while it looks."""

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bot.doctor import Finding, State, database, examine, house, report, reports, slack, systems, unreadable_settings
from bot.doctor.finding import broken, ok
from bot.domain.capabilities import Probe
from bot.domain.errors import NotAuthorised
from bot.domain.plan import Heartbeat, IncidentRules, Permissions, Plan, SecretFrom, SystemEntry, Team
from bot.durable.database import SqliteFile
from bot.durable.engine import Engine
from bot.durable.flow import Flow
from bot.durable.look import stuck
from bot.durable.run import Run
from bot.features.operations.systems import SystemState
from bot.integrations import System, card
from bot.local.config import LocalConfig
from bot.local.serving import running
from bot.settings import Settings, load_settings
from bot.store.database import Store
from bot.store.deliveries import Deliveries, Delivery
from bot.store.migrate import upgrade
from bot.store.outbox import Outbox
from bot.store.pending import Pending, PendingRows
from tests.durable.desk import PlainRecorder, RememberingDesk
from tests.integrations.contract.server import Canned, Request, serving
from tests.integrations.prometheus.scripted import HEALTHY
from tests.slack.hostile import TEXTS

RUNBOOKS = Path(__file__).parent.parent / "runbooks"
NOW = datetime.now(UTC)


def of(found: Sequence[Finding], what: str) -> Finding:
    return next(one for one in found if what in one.what)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An empty folder, nothing set."""
    monkeypatch.chdir(tmp_path)
    return load_settings({"DAYWATCH_DATA_DIR": str(tmp_path / "var"), "DAYWATCH_RUNBOOKS": str(RUNBOOKS)})


@pytest.fixture
async def workspace() -> AsyncIterator[LocalConfig]:
    async with running(LocalConfig.fresh(None, 0, "http://127.0.0.1:9", limits="off")) as opened:
        yield opened


def joined(settings: Settings, workspace: LocalConfig, **more: str) -> Settings:
    given = {"DAYWATCH_DATA_DIR": str(settings.daywatch_data_dir), **workspace.environment(), **more}
    return load_settings(given)


async def test_a_fresh_folder_is_healthy_and_stays_untouched(settings: Settings) -> None:
    found = await examine(settings)
    assert report.healthy(found)
    assert of(found, "tokens").state is State.WARN
    assert of(found, "permissions").state is State.WARN
    assert not settings.daywatch_data_dir.exists()


async def test_a_yaml_file_that_does_not_hold_is_broken_with_its_line(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "daywatch.yaml").write_text("teams:\n  - name: ops\n    chanel: '#ops'\n")
    plan, found = house.settings_file(settings)
    assert plan == Plan()
    assert "line 3" in of(found, "file").words
    assert not report.healthy(found)


def test_an_environment_that_cannot_be_read_is_a_finding_a_line() -> None:
    found = unreadable_settings("A is wrong\nB is wrong")
    assert [one.words for one in found] == ["A is wrong", "B is wrong"]


def test_a_heartbeat_whose_token_is_not_there_is_broken(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "daywatch.yaml").write_text(
        'heartbeats:\n  - {name: pg, schedule: "0 2 * * *", token: {env: NOT_SET_ANYWHERE}}\n'
    )
    plan, found = house.settings_file(settings)
    assert plan.heartbeats == (Heartbeat(name="pg", schedule="0 2 * * *", token=SecretFrom(env="NOT_SET_ANYWHERE")),)
    assert of(found, "heartbeat pg").state is State.BROKEN


def test_a_heartbeat_whose_token_could_be_guessed_is_broken(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "daywatch.yaml").write_text(
        'heartbeats:\n  - {name: pg, schedule: "0 2 * * *", token: {env: HEARTBEAT_PG}}\n'
    )
    (tmp_path / ".env").write_text("HEARTBEAT_PG=short\n")
    _, found = house.settings_file(settings)
    assert of(found, "heartbeats").state is State.BROKEN
    assert "openssl rand -hex 16" in of(found, "heartbeats").words


def test_a_folder_that_cannot_be_written_to_is_broken(tmp_path: Path) -> None:
    a_file = tmp_path / "var"
    a_file.write_text("not a folder")
    (found,) = house.data_folder(a_file)
    assert found.state is State.BROKEN


async def test_slack_is_asked_for_scopes_clock_channels_and_people(settings: Settings, workspace: LocalConfig) -> None:
    plan = Plan(
        teams=(Team(name="ops", channel="#general"), Team(name="lost", channel="#nowhere-at-all")),
        incidents=IncidentRules(announce="#general"),
        permissions=Permissions(admin=("U0ANN0001", "U0NOBODY1"), responder=("@no-such-group",)),
    )
    found = await slack.examined(joined(settings, workspace), plan)
    assert of(found, "SLACK_BOT_TOKEN").state is State.OK
    assert of(found, "SLACK_APP_TOKEN").state is State.NOT_TRIED
    assert of(found, "scopes").state is State.OK
    assert of(found, "clock").state is State.OK
    assert of(found, "channel #general").state is State.OK
    lost = of(found, "channel #nowhere-at-all")
    assert (lost.state, lost.remedy) == (State.BROKEN, "Make #nowhere-at-all, or type /invite @Daywatch in it.")
    assert of(found, "U0NOBODY1").state is State.BROKEN
    assert of(found, "@no-such-group").state is State.BROKEN
    assert sum("#general" in one.what for one in found) == 1


async def test_a_missing_scope_is_named(settings: Settings) -> None:
    whole = LocalConfig.fresh(None, 0, "http://127.0.0.1:9", limits="off")
    async with running(replace(whole, scopes=whole.scopes - {"pins:write"})) as workspace:
        found = await slack.examined(joined(settings, workspace), Plan())
    assert of(found, "scopes").state is State.BROKEN
    assert "pins:write" in of(found, "scopes").words


async def test_a_wrong_token_and_a_wrong_shape_are_broken(settings: Settings, workspace: LocalConfig) -> None:
    wrong = joined(settings, workspace, SLACK_BOT_TOKEN="xoxb-wrong", SLACK_APP_TOKEN="xoxb-not-an-app-token")
    found = await slack.examined(wrong, Plan())
    assert of(found, "SLACK_APP_TOKEN").state is State.BROKEN
    assert "invalid_auth" in of(found, "SLACK_BOT_TOKEN").words
    assert "xoxb-wrong" not in str(found)


async def test_a_slack_that_is_down_is_broken_and_the_rest_of_the_report_stands(settings: Settings) -> None:
    given = {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_SIGNING_SECRET": "not hex",
        "SLACK_API_URL": "http://127.0.0.1:9/api/",
        "DAYWATCH_DATA_DIR": str(settings.daywatch_data_dir),
        "DAYWATCH_RUNBOOKS": str(RUNBOOKS),
    }
    found = await examine(load_settings(given))
    assert of(found, "SLACK_BOT_TOKEN").state is State.BROKEN
    assert of(found, "SLACK_SIGNING_SECRET").state is State.WARN
    assert of(found, "DAYWATCH_PUBLIC_URL").state is State.WARN
    assert of(found, "pages").state is State.OK


@pytest.mark.parametrize(("apart", "state"), [(1, State.OK), (30, State.WARN), (600, State.BROKEN)])
def test_a_clock_that_is_off_is_told(apart: int, state: State) -> None:
    told = slack._Told(scopes=None, at=datetime.now(UTC) - timedelta(seconds=apart))
    (found,) = slack._clock(told)
    assert found.state is state


async def test_the_work_that_is_left_is_told_from_the_tables(settings: Settings) -> None:
    await upgrade(settings.store_url)
    store = Store(settings.store_url)
    await _trouble(store)
    await store.close()
    found = await database.examined(settings)
    assert of(found, "SQLite").words == "version 0001"
    told = [one.words for one in found if one.what == "delivery"]
    assert any("unreadable: not JSON" in words for words in told)
    assert any("tried 1 times: KeyError: 'x'" in words for words in told)
    assert "1 were not handed over yet; the last said: no such flow" in of(found, "acts").words or any(
        "no such flow" in one.words for one in found
    )
    step = of(found, "step")
    assert "file ticket of postmortem:1:1: Jira did not answer" in step.words
    assert all(one.state is not State.BROKEN for one in found)


async def _trouble(store: Store) -> None:
    deliveries, outbox = Deliveries(store), Outbox(store)
    keys = ("bad", "ours")
    await deliveries.keep(
        [
            Delivery(source="jira", object_key=key, delivery_key=key, body=b"{}", received_at=NOW - timedelta(hours=1))
            for key in keys
        ]
    )
    first, second = await deliveries.due(NOW, limit=10)
    await deliveries.unreadable(first.id, NOW, "not JSON")
    await deliveries.failed(second.id, NOW, "KeyError: 'x'")
    await outbox.save("start", "start:x", {}, NOW)
    (act,) = await outbox.waiting(NOW)
    await outbox.failed(act, NOW, "no such flow")
    await PendingRows(store).put(
        Pending(
            flow_key="postmortem:1:1",
            step="file ticket",
            reason="Jira did not answer (503)",
            attempt=3,
            tries=8,
            next_try_at=NOW,
            final=False,
            outcome=None,
            at=NOW,
        )
    )


async def test_a_database_that_does_not_answer_is_broken(settings: Settings) -> None:
    given = {
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none",
        "DAYWATCH_DATA_DIR": str(settings.daywatch_data_dir),
    }
    (found,) = await database.examined(load_settings(given))
    assert (found.what, found.state) == ("PostgreSQL", State.BROKEN)


async def test_an_empty_database_is_told_how_to_be_filled(settings: Settings) -> None:
    settings.daywatch_data_dir.mkdir()
    (settings.daywatch_data_dir / "daywatch.db").touch()
    (found,) = await database.examined(settings)
    assert (found.state, "db upgrade" in (found.remedy or "")) == (State.WARN, True)


class Unasked:
    """Only calls us."""


@dataclass(frozen=True)
class Asked(Probe):
    told: Sequence[tuple[str, str | None]] = ()
    trouble: Exception | None = None
    seconds: float = 0.0

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        await asyncio.sleep(self.seconds)
        if self.trouble is not None:
            raise self.trouble
        return self.told


def system(adapter: object, instance: str | None = None) -> System:
    integration = card("prometheus")
    settings = integration.settings(url="http://127.0.0.1:9")  # type: ignore[call-arg]  # its own field
    return System(integration=integration, settings=settings, instance=instance, adapter=adapter)


async def test_systems_are_asked_at_once_and_one_that_hangs_or_breaks_holds_up_nobody() -> None:
    began = asyncio.get_running_loop().time()
    told = await systems.states(
        [
            system(Asked(seconds=60.0), "slow"),
            system(Asked(told=(("be reached", None),), seconds=0.05)),
            system(Asked(trouble=NotAuthorised("the key is not valid"))),
            system(Asked(trouble=RuntimeError("a bug"))),
            system(Unasked()),
        ],
        patience=1.0,
    )
    assert asyncio.get_running_loop().time() - began < 15
    assert [one.trouble for one in told] == [
        "no answer in 1 s",
        None,
        "the key is not valid",
        "our own mistake, see the log",
        None,
    ]
    assert [one.asked for one in told] == [True, True, True, True, False]


async def test_systems_that_half_work_say_what_works_and_what_does_not() -> None:
    state = SystemState(title="Jira", tried=(("be reached", None), ("create tickets", "give it the right Create")))
    good, bad = systems._findings(state)
    assert (good.state, good.words) == (State.OK, "be reached")
    assert (bad.state, bad.words) == (State.BROKEN, "create tickets: give it the right Create")


async def test_how_long_a_system_took_and_how_far_its_clock_is_off_are_told() -> None:
    def behind(request: Request) -> Canned:
        late = format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)
        answer = HEALTHY[request.line]
        return replace(answer, headers={**answer.headers, "Date": late})

    async with serving(behind) as address:
        entry = SystemEntry.model_validate({"system": "prometheus", "name": "eu", "url": address})
        found = await systems.examined(Plan(systems=(entry,)))
    works, clock = of(found, "Prometheus eu"), of(found, "Prometheus eu clock")
    assert works.state is State.OK
    assert re.search(r"read rules.* · took \d\.\d s · clock 36\d\d s apart$", works.words)
    assert (clock.state, clock.remedy) == (State.WARN, "Set the clocks of both machines (NTP).")
    assert re.search(r"36\d\d s behind ours", clock.words)


async def test_a_half_set_system_and_an_unknown_one_are_broken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (unknown,) = await systems.examined(Plan(systems=(SystemEntry(system="hal9000", name="x"),)))
    assert "hal9000" in unknown.words
    monkeypatch.setenv("JIRA_URL", "https://acme.atlassian.net")
    (half,) = await systems.examined(Plan())
    assert (half.state, "half set" in half.words) == (State.BROKEN, True)


async def test_a_system_that_could_call_us_but_has_no_secret_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, workspace: LocalConfig
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in workspace.environment().items():
        if name.startswith("PAGERDUTY") and "SECRET" not in name:
            monkeypatch.setenv(name, value)
    found = await systems.examined(Plan())
    assert of(found, "PagerDuty").state is State.OK
    door = of(found, "webhook")
    assert (door.state, "PAGERDUTY_WEBHOOK_SECRETS" in (door.remedy or "")) == (State.WARN, True)


async def test_the_engines_journal_tells_its_dead_flows_while_the_engine_runs(tmp_path: Path) -> None:
    async def breaks(run: Run) -> None:
        raise KeyError("ours")

    journal = SqliteFile(tmp_path / "engine.db")
    assert stuck(journal) == ()
    flows = (Flow(name="test.breaks", function=breaks),)
    async with Engine(
        database=journal, flows=flows, provide={}, desk=RememberingDesk(), recorder=PlainRecorder()
    ) as engine:
        await engine.start("test.breaks", "incident:1:open", {})
        async with asyncio.timeout(20):
            while not (found := stuck(journal)):  # noqa: ASYNC110 - the look is from outside: nobody tells it
                await asyncio.sleep(0.05)
        assert [(one.key, one.flow) for one in found] == [("incident:1:open", "test.breaks")]


def test_the_json_is_as_documented_and_keeps_foreign_words_harmless() -> None:
    found = [broken("slack", "channel #ops", "[red]not markup[/red]\x1b[31m", "Make it."), ok("data", "folder")]
    told: Mapping[str, Any] = json.loads(json.dumps(report.as_json(found, "0.1.0")))
    assert told["counts"] == {"ok": 1, "warn": 0, "broken": 1, "not tried": 0}
    assert told["healthy"] is False
    assert told["findings"][0] == {
        "area": "slack",
        "what": "channel #ops",
        "state": "broken",
        "words": "[red]not markup[/red] [31m",
        "remedy": "Make it.",
    }


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_report_for_people_prints_whatever_a_vendor_says(text: str) -> None:
    told = io.StringIO()
    report.render([broken("systems", "Jira", text), ok("data", "folder", "fine")], Console(file=told, width=80))
    assert "\x1b[31m" not in told.getvalue()
    assert "1 ok, 1 broken" in told.getvalue()


async def test_a_door_for_reports_to_which_nothing_came_is_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(await reports.examined(settings, Plan())) == []
    monkeypatch.setenv("TRIVY_REPORT_TOKEN", "a1" * 16)
    (one,) = await reports.examined(settings, Plan())
    assert (one.what, one.state) == ("Trivy reports", State.WARN)
    assert "/reports/trivy is open, and nothing was posted yet" in one.words
    assert not settings.daywatch_data_dir.exists()
    settings.make_data_folder()
    (settings.daywatch_data_dir / "daywatch.db").write_text("no database")
    (one,) = await reports.examined(settings, Plan())
    assert one.state is State.NOT_TRIED
