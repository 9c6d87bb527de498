"""Logstash's answers to the morning checklist: each node is asked, and the worst counts."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from bot.domain.capabilities import DailyCheck, Probe
from bot.domain.check import Answer, Check, Evidence, Item, Status, worst
from bot.domain.errors import RateLimited, Unavailable, VendorError
from bot.integrations import Wiring
from bot.integrations.address import Headers
from bot.integrations.http import basic, once_per, shown
from bot.integrations.logstash import flow, judge
from bot.integrations.logstash.client import LogstashClient
from bot.integrations.logstash.judge import Found
from bot.integrations.logstash.settings import LogstashSettings
from bot.integrations.logstash.shapes import Pipelines
from bot.integrations.once import Shared
from bot.integrations.together import both, every

_BETWEEN_LOOKS: Final = 1.0
_SHARED_FOR: Final = 5.0


class Logstash(DailyCheck, Probe):
    def __init__(
        self, nodes: Sequence[LogstashClient], wiring: Wiring, *, between_looks: float = _BETWEEN_LOOKS
    ) -> None:
        self._nodes = nodes
        self._wiring = wiring
        self._between_looks = between_looks
        self._looks: dict[str, flow.Look] = {}
        """By node: how its counters stood when we first looked, or ten minutes ago and longer."""
        self._pipelines: Mapping[str, Shared[Pipelines]] = {
            node.name: once_per(_SHARED_FOR, node.pipelines) for node in nodes
        }

    @classmethod
    def connect(cls, settings: LogstashSettings, wiring: Wiring) -> "Logstash":
        login: Headers = basic(settings.username, settings.password) if settings.username else {}
        urls = dict.fromkeys(url.strip().rstrip("/") for url in settings.urls)
        nodes = []
        for url in urls:
            name = _name(url)
            api = wiring.outside.api(
                title=wiring.titled("Logstash") if len(urls) == 1 else f"{wiring.titled('Logstash')} {name}",
                base_url=url,
                headers=login,
                verify=(settings.ca_file or True) if settings.verify_tls else False,
                allow_plain_http=settings.allow_plain_http,
                address="LOGSTASH_URLS",
                variables=("LOGSTASH_USERNAME", "LOGSTASH_PASSWORD"),
                right="read the monitoring API",
            )
            nodes.append(LogstashClient(api, name))
        return cls(nodes, wiring)

    def checks(self) -> Sequence[Check]:
        declared = (
            ("health", "Is every node alive and healthy?", self.health),
            ("flow", "Do events move through every pipeline?", self.flow),
            ("queues", "Is there room in every queue?", self.queues),
            ("losses", "Were events set aside or lost?", self.losses),
            ("reloads", "Did the last reload of every configuration work?", self.reloads),
            ("memory", "Has every node enough memory?", self.memory),
        )
        here = self._wiring.instance
        return [
            Check(name=f"logstash.{what}", item=Item.DASHBOARDS, question=question, ask=ask, instance=here)
            for what, question, ask in declared
        ]

    async def health(self) -> Answer:
        """No connection is an answer to this question, and a bad one."""
        return await self._asked(self._health, "nodes are healthy", "/", dead=True)

    async def flow(self) -> Answer:
        return await self._asked(self._flow, "events move through all pipelines", "/_node/stats/pipelines")

    async def queues(self) -> Answer:
        limit = self._limit("queues")
        found = partial(judge.queues, warn=limit("warn", 70), fail=limit("fail", 90))
        return await self._asked(self._of_pipelines(found), "all queues have room", "/_node/stats/pipelines")

    async def losses(self) -> Answer:
        found = partial(judge.losses, lost=self._limit("losses")("share", 0.01))
        return await self._asked(self._of_pipelines(found), "no events were set aside", "/_node/stats/pipelines")

    async def reloads(self) -> Answer:
        async def ask(node: LogstashClient) -> Found:
            whole, found = await both(node.reloads(), self._pipelines[node.name]())
            return _of_something(found, judge.reloads(whole, found))

        return await self._asked(ask, "the configuration in force is the newest", "/_node/stats/reloads")

    async def memory(self) -> Answer:
        limit = self._limit("memory")

        async def ask(node: LogstashClient) -> Found:
            percent = (await node.machine()).jvm.mem.heap
            return judge.memory(percent, warn=limit("warn", 75), fail=limit("fail", 90))

        return await self._asked(ask, "there is enough memory", "/_node/stats/jvm")

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        told: list[tuple[str, str | None]] = []
        failures: list[VendorError] = []
        for node in self._nodes:
            try:
                await node.root()
                await node.pipelines()
            except VendorError as error:
                failures.append(error)
                told.append((f"read {node.name}", str(error)))
            else:
                told.append((f"read {node.name}", None))
        if len(failures) == len(self._nodes):
            raise failures[0]
        return told

    async def _health(self, node: LogstashClient) -> Found:
        root = await node.root()
        if not root.has_health_report:
            return judge.health(root, None)
        try:
            return judge.health(root, await node.health_report())
        except VendorError as error:
            missing = (Status.UNKNOWN, f"its health report is not to be had: {error}")
            return {"": max(judge.health(root, None)[""], missing, key=lambda one: one[0].rank)}

    async def _flow(self, node: LogstashClient) -> Found:
        found, just_now = await self._pipelines[node.name](), None
        if flow.needs_second_look(found):
            just_now = flow.Look.of(await node.pipelines(), self._wiring.outside.now())
            await asyncio.sleep(self._between_looks)
            found = await node.pipelines()
        look = flow.Look.of(found, self._wiring.outside.now())
        before = self._looks.get(node.name)
        if before is None or before.run != look.run or look.at - before.at >= flow.LONG_ENOUGH:
            self._looks[node.name] = look
        limit = self._limit("flow")("backpressure", 0.5)
        told = {
            name: flow.judged(
                one,
                look.since(just_now, name) if one.started else None,
                look.since(before, name) if one.started else None,
                backpressure=limit,
            )
            for name, one in found.ours.items()
        }
        return _of_something(found, told)

    def _of_pipelines(self, judged: Callable[[Pipelines], Found]) -> Callable[[LogstashClient], Awaitable[Found]]:
        async def ask(node: LogstashClient) -> Found:
            found = await self._pipelines[node.name]()
            return _of_something(found, judged(found))

        return ask

    async def _asked(
        self, ask: Callable[[LogstashClient], Awaitable[Found]], well: str, page: str, *, dead: bool = False
    ) -> Answer:
        """Every node's answer in one. A node that does not answer is unknown, or (`dead`) itself the finding."""

        async def tried(node: LogstashClient) -> Found | VendorError:
            try:
                return await ask(node)
            except VendorError as error:
                return error

        answers = await every(tried(node) for node in self._nodes)
        failures = [one for one in answers if isinstance(one, VendorError)]
        if failures and len(failures) == len(answers) and not (dead and any(map(_dead, failures))):
            raise failures[0]
        evidence = [
            one
            for node, answer in zip(self._nodes, answers, strict=True)
            for one in self._evidence(node, answer, page, dead=dead)
        ]
        link = f"{self._nodes[0].address}{page}"
        if not evidence:
            nodes = f"{len(answers)} nodes" if len(answers) > 1 else "1 node"
            return Answer(status=Status.OK, summary=f"{nodes}: {well}", link=link)
        evidence.sort(key=lambda one: (-one.status.rank, one.key))
        summary = shown("; ".join(f"{one.title} {one.detail}" for one in evidence[:3]), limit=220)
        status = worst(one.status for one in evidence)
        reason = summary if status is Status.UNKNOWN else None
        return Answer(status=status, summary=summary, evidence=evidence, reason=reason, link=link)

    def _evidence(
        self, node: LogstashClient, answer: Found | VendorError, page: str, *, dead: bool
    ) -> Sequence[Evidence]:
        if isinstance(answer, VendorError):
            status = Status.FAIL if dead and _dead(answer) else Status.UNKNOWN
            answer = {"": (status, str(answer))}
        several = len(self._nodes) > 1
        return [
            Evidence(
                key=f"{shown(node.name, limit=80)}/{shown(name, limit=80)}",
                title=shown(f"{name} on {node.name}" if name and several else name or node.name),
                status=status,
                url=f"{node.address}{page}",
                detail=shown(words),
            )
            for name, (status, words) in answer.items()
            if status is not Status.OK
        ]

    def _limit(self, what: str) -> Callable[[str, float], float]:
        return partial(self._wiring.limit, f"logstash.{what}")


def _dead(error: VendorError) -> bool:
    return isinstance(error, Unavailable) and not isinstance(error, RateLimited)


def _of_something(found: Pipelines, told: Found) -> Found:
    """No pipelines are no ground for an ok."""
    return told if found.ours else {**told, "": (Status.UNKNOWN, "has no pipelines")}


def _name(url: str) -> str:
    """Host and port; the address itself where it is none, which the first call will say."""
    try:
        parts = urlsplit(url)
        return f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or shown(url, limit=60)
    except ValueError:
        return shown(url, limit=60)
