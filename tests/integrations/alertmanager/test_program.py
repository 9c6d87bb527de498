"""Our checks and our webhook beside a real Alertmanager: real notices, retries, resolves, cuts, and silences."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from pydantic import SecretStr

from bot.domain.alert import AlertChanged, AlertState, Urgency
from bot.domain.capabilities import Silencer
from bot.domain.check import Status
from bot.domain.errors import BadSignature
from bot.domain.person import Author
from bot.integrations import Wiring
from bot.integrations.alertmanager.adapter import Alertmanager
from bot.integrations.alertmanager.settings import AlertmanagerSettings
from bot.integrations.alertmanager.webhook import AlertmanagerWebhook
from bot.integrations.http import Outside
from tests.integrations.contract.server import Canned, Request, said, serving
from tests.integrations.programs import alertmanager, until

pytestmark = [pytest.mark.program("prometheus-alertmanager"), pytest.mark.timeout(120)]

TOKEN: Final = "am-webhook-30aa41"


@dataclass(slots=True)
class Receiver:
    """Our side of the webhook: verifies, parses, and remembers; refuses as often as it is told."""

    webhook: AlertmanagerWebhook
    refuse: int = 0
    news: list[AlertChanged] = field(default_factory=list)
    deliveries: list[Request] = field(default_factory=list)
    forged: int = 0

    def __call__(self, request: Request) -> Canned:
        self.deliveries.append(request)
        if self.refuse:
            self.refuse -= 1
            return said("busy", 503)
        try:
            self.webhook.verify(request.headers, request.body)
        except BadSignature:
            self.forged += 1
            return said("who?", 401)
        self.news += [one for one in self.webhook.parse(request.body) if isinstance(one, AlertChanged)]
        return said("", 202)

    async def about(self, name: str, state: AlertState) -> AlertChanged | None:
        told = [one for one in self.news if one.alert.labels.get("alertname") == name and one.alert.state is state]
        return told[-1] if told else None


def config(address: str, *, authorization: str, more: str = "") -> str:
    return (
        "route: {receiver: daywatch, group_by: [alertname],"
        " group_wait: 200ms, group_interval: 1s, repeat_interval: 20s}\n"
        f"receivers: [{{name: daywatch, webhook_configs: [{{url: '{address}/webhooks/alertmanager'{more},"
        f" http_config: {{{authorization}}}}}]}}]\n"
    )


@asynccontextmanager
async def delivering(
    folder: Path, *, authorization: str = f"authorization: {{credentials: {TOKEN}}}", more: str = "", refuse: int = 0
) -> AsyncIterator[tuple[str, Receiver]]:
    receiver = Receiver(AlertmanagerWebhook(SecretStr(TOKEN)), refuse=refuse)
    async with (
        serving(receiver) as ours,
        alertmanager(folder, config(ours, authorization=authorization, more=more)) as address,
    ):
        yield address, receiver


async def push(address: str, alerts: Sequence[dict[str, Any]]) -> None:
    """Alerts into Alertmanager. Any: its JSON."""
    async with httpx.AsyncClient(trust_env=False) as client:
        (await client.post(f"{address}/api/v2/alerts", json=list(alerts))).raise_for_status()


async def silence(address: str, name: str, value: str, *, ends_in: timedelta, regex: bool = False) -> str:
    now = datetime.now(UTC)
    body = {
        "matchers": [{"name": name, "value": value, "isRegex": regex, "isEqual": True}],
        "startsAt": now.isoformat(),
        "endsAt": (now + ends_in).isoformat(),
        "createdBy": "ann",
        "comment": "disk swap",
    }
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = (await client.post(f"{address}/api/v2/silences", json=body)).raise_for_status()
    return str(answer.json()["silenceID"])


def alert(name: str, severity: str, *, ended: bool = False, **labels: str) -> dict[str, Any]:
    """An alert as Prometheus would push it. Any: Alertmanager's JSON."""
    found: dict[str, Any] = {
        "labels": {"alertname": name, "severity": severity, **labels},
        "annotations": {"summary": f"{name} is bad"},
        "generatorURL": "http://prom.example.com:9090/graph?g0.expr=up",
        "startsAt": "2026-03-02T06:49:32.568491283Z",
    }
    if ended:
        found["endsAt"] = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    return found


@asynccontextmanager
async def checking(address: str, *, silences: bool = False) -> AsyncIterator[Alertmanager]:
    outside = Outside()
    try:
        yield Alertmanager.connect(AlertmanagerSettings(url=address, silences=silences), Wiring(outside=outside))
    finally:
        await outside.aclose()


async def test_a_real_alert_fires_and_resolves_as_one_episode(tmp_path: Path) -> None:
    async with delivering(tmp_path) as (address, receiver), checking(address) as ours:
        await push(address, [alert("TargetDown", "critical", service="checkout")])
        fired = await until(lambda: receiver.about("TargetDown", AlertState.FIRING), 20, "the alert is sent")
        assert fired.alert.urgency is Urgency.HIGH
        assert fired.alert.title == "TargetDown is bad"
        assert fired.alert.service_name == "checkout"
        assert fired.alert.occurred_at.year == 2026
        assert (await ours.look([fired.alert])).fires == {fired.alert.key}
        found = await ours.alerts()
        assert (found.status, found.evidence[0].title) == (Status.FAIL, "TargetDown: TargetDown is bad")
        await push(address, [alert("TargetDown", "critical", service="checkout", ended=True)])
        resolved = await until(lambda: receiver.about("TargetDown", AlertState.RESOLVED), 20, "its end is sent")
        assert resolved.alert.key == fired.alert.key
        assert resolved.alert.occurred_at > fired.alert.occurred_at
        assert receiver.forged == 0
        await until(lambda: _none_live(ours), 10, "nothing is live any more")
        assert (await ours.look([fired.alert])).gone == {fired.alert.key}


async def _none_live(ours: Alertmanager) -> bool:
    return (await ours.alerts()).status is Status.OK


async def test_a_firing_group_with_a_resolved_alert_tells_each_by_itself(tmp_path: Path) -> None:
    async with delivering(tmp_path) as (address, receiver):
        await push(address, [alert("Disk", "warning", host="a"), alert("Disk", "warning", host="b")])
        await until(lambda: receiver.about("Disk", AlertState.FIRING), 20, "the group is sent")
        await push(address, [alert("Disk", "warning", host="a", ended=True), alert("Disk", "warning", host="b")])
        resolved = await until(lambda: receiver.about("Disk", AlertState.RESOLVED), 20, "one of them ends")
        assert resolved.alert.labels["host"] == "a"
        assert resolved.alert.urgency is Urgency.LOW
        assert b'"status":"firing","alerts"' in receiver.deliveries[-1].body.replace(b" ", b"")
        group = {receiver.webhook.object_key(one.body) for one in receiver.deliveries}
        assert len(group) == 1


async def test_what_we_could_not_take_is_sent_again(tmp_path: Path) -> None:
    async with delivering(tmp_path, refuse=2) as (address, receiver):
        await push(address, [alert("TargetDown", "page")])
        await until(lambda: receiver.about("TargetDown", AlertState.FIRING), 30, "the third try arrives")
        assert len(receiver.deliveries) >= 3


async def test_a_cut_list_says_how_much_was_cut(tmp_path: Path) -> None:
    async with delivering(tmp_path, more=", max_alerts: 2") as (address, receiver):
        await push(address, [alert("Disk", "warning", host=str(number)) for number in range(5)])
        await until(lambda: receiver.about("Disk", AlertState.FIRING), 20, "the group is sent")
        assert len(receiver.news) == 2
        assert [one.words for one in receiver.news] == ["3 more alerts of this group were cut off (max_alerts)", ""]


async def test_basic_proves_the_sender_too_and_a_wrong_token_does_not(tmp_path: Path) -> None:
    right = f"basic_auth: {{username: am, password: {TOKEN}}}"
    async with delivering(tmp_path / "right", authorization=right) as (address, receiver):
        await push(address, [alert("TargetDown", "page")])
        await until(lambda: receiver.about("TargetDown", AlertState.FIRING), 20, "the alert is sent")
    async with delivering(tmp_path / "wrong", authorization="authorization: {credentials: wrong}") as (
        address,
        receiver,
    ):
        await push(address, [alert("TargetDown", "page")])

        async def refused() -> int:
            return receiver.forged

        await until(refused, 20, "the notice is refused")
        assert receiver.news == []


async def test_silences_and_what_they_hide(tmp_path: Path) -> None:
    async with delivering(tmp_path) as (address, receiver), checking(address) as ours:
        assert (await ours.silences()).status is Status.OK
        await push(address, [alert("Disk", "critical", host="a")])
        soon = await silence(address, "alertname", "Disk", ends_in=timedelta(hours=3))
        answer = await ours.silences()
        assert answer.status is Status.WARN
        assert [one.key for one in answer.evidence] == [soon]
        assert answer.evidence[0].title == "alertname=Disk"
        await until(lambda: _none_live(ours), 10, "the silenced alert counts no more")
        fired = await until(lambda: receiver.about("Disk", AlertState.FIRING), 20, "the alert was sent")
        assert (await ours.look([fired.alert])).fires == {fired.alert.key}, "a silence does not end an alert"
        await silence(address, "alertname", "Other", ends_in=timedelta(days=2))
        forgotten = await silence(address, "alertname", "Old", ends_in=timedelta(days=90))
        everything = await silence(address, "alertname", ".+", ends_in=timedelta(days=2), regex=True)
        async with httpx.AsyncClient(trust_env=False) as client:
            (await client.delete(f"{address}/api/v2/silence/{soon}")).raise_for_status()
        answer = await ours.silences()
        assert {one.key for one in answer.evidence} == {forgotten, everything}
        assert [one for one in receiver.news if one.change.value == "resolved"] == []


async def test_one_alert_is_silenced_from_slack_and_heard_of_again(tmp_path: Path) -> None:
    async with delivering(tmp_path) as (address, receiver), checking(address, silences=True) as ours:
        await push(address, [alert("Disk", "critical", host="a"), alert("Disk", "critical", host="b")])
        assert isinstance(ours, Silencer)
        await until(lambda: receiver.about("Disk", AlertState.FIRING), 20, "the group is sent")
        (one,) = [found.alert for found in receiver.news if found.alert.labels["host"] == "a"]
        until_, by = datetime.now(UTC) + timedelta(hours=4), Author(name="Ann (U1)")
        first, again = [
            await ours.silence(one.id, one.labels, until_, by, "disk swap", once="silence 1-7") for _ in range(2)
        ]
        assert first == again
        await until(lambda: _live_ones(ours, "host=b"), 10, "only the other one is live")
        await ours.end_silence(first)
        await ours.end_silence(first)
        await ours.end_silence("00000000-0000-4000-8000-000000000000")
        await until(lambda: _live_ones(ours, "host=a", "host=b"), 10, "both are live again")


async def _live_ones(ours: Alertmanager, *hosts: str) -> bool:
    return sorted(one.detail.partition("; ")[2] for one in (await ours.alerts()).evidence) == list(hosts)


async def test_the_server_itself_is_judged(tmp_path: Path) -> None:
    async with delivering(tmp_path) as (address, _), checking(address) as ours:
        ready, cluster = await asyncio.gather(ours.ready(), ours.cluster())
        assert ready.summary.startswith("Ready, version 0.")
        assert (cluster.status, cluster.summary) == (Status.OK, "A single server, clustering is off")
        assert [remedy for _, remedy in await ours.probe()] == [None, None, None]
