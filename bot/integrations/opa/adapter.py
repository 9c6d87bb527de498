"""Open Policy Agent's answers to the morning checklist."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.domain.capabilities import DailyCheck, Probe
from bot.domain.check import Answer, Check, Evidence, Item, Status
from bot.domain.errors import NotAuthorised
from bot.integrations import Wiring
from bot.integrations.cluster import clusters
from bot.integrations.http import bearer, shown
from bot.integrations.opa import judge
from bot.integrations.opa.client import OpaClient
from bot.integrations.opa.gatekeeper import Gatekeeper
from bot.integrations.opa.settings import OpaSettings
from bot.integrations.reports import Lookout
from bot.integrations.together import every


class Opa(DailyCheck, Probe):
    def __init__(self, client: OpaClient | None, settings: OpaSettings, wiring: Wiring) -> None:
        self._client = client
        self._gatekeeper = Gatekeeper(clusters(settings, wiring) if settings.in_clusters else (), wiring)
        self._settings = settings
        self._wiring = wiring
        self._lookout = Lookout.of(wiring.reports, settings, "opa") if wiring.reports is not None else None

    @classmethod
    def connect(cls, settings: OpaSettings, wiring: Wiring) -> "Opa":
        if not settings.url:
            return cls(None, settings, wiring)
        api = wiring.outside.api(
            title=wiring.titled("Open Policy Agent"),
            base_url=settings.url,
            headers=bearer(settings.token) if settings.token.get_secret_value() else {},
            verify=(settings.ca_file or True) if settings.verify_tls else False,
            allow_plain_http=settings.allow_plain_http,
            address="OPA_URL",
            variables=("OPA_TOKEN",),
            right="read /health, /v1/status, /v1/config and /v1/policies",
        )
        return cls(OpaClient(api), settings, wiring)

    def checks(self) -> Sequence[Check]:
        found = []
        if (client := self._client) is not None:
            server, policies = (
                "Is OPA ready, with every bundle loaded?",
                "Does OPA have its policies, none of them old?",
            )
            found.append(self._check("opa.server", server, lambda: self.server(client)))
            found.append(self._check("opa.policies", policies, lambda: self.policies(client)))
            if self._settings.decisions:
                decisions = "Is every decision that is asked for defined?"
                found.append(self._check("opa.decisions", decisions, lambda: self.decisions(client)))
        if (lookout := self._lookout) is not None:
            found.append(
                self._check("opa.conftest", "Did every policy test in CI pass?", lambda: self.conftest(lookout))
            )
        return [*found, *self._gatekeeper.checks()]

    async def aclose(self) -> None:
        await self._gatekeeper.aclose()

    async def server(self, client: OpaClient) -> Answer:
        trouble = await client.trouble()
        if trouble is None:
            return _linked(client, Answer(status=Status.OK, summary="Ready, with every bundle loaded"), "/health")
        words = shown(f"Not ready: {trouble}")
        return _linked(client, Answer(status=Status.FAIL, summary=words), "/health?bundles&plugins")

    async def policies(self, client: OpaClient) -> Answer:
        status = await client.status()
        if status is None:
            words = "It keeps no status, so nothing says how old its bundles are: configure status (prometheus: true)"
            return await self._without_bundles(client, (), words)
        now = self._wiring.outside.now()
        oldest = timedelta(minutes=self._wiring.limit("opa.policies", "minutes", 60))
        bundles = [judge.bundle(name, one, now, oldest) for name, one in status.bundles.items()]
        plugins = [judge.plugin(name, one) for name, one in status.plugins.items()]
        if bundles:
            many = f"{len(bundles)} bundle{'' if len(bundles) == 1 else 's'}"
            return _linked(client, judge.summed([*bundles, *plugins], f"{many} up to date"), "/v1/status")
        return await self._without_bundles(
            client, plugins, "Its status tells nothing of the bundles that are configured"
        )

    async def decisions(self, client: OpaClient) -> Answer:
        paths = [_path(name) for name in self._settings.decisions]
        answers = await every(client.defined(path) for path in paths)
        evidence = [
            judge.decision("/".join(path), defined=defined) for path, defined in zip(paths, answers, strict=True)
        ]
        return judge.summed(evidence, f"All {len(paths)} decisions are defined")

    async def conftest(self, lookout: Lookout) -> Answer:
        posted = await lookout.posted(self._wiring.outside.now())
        if isinstance(posted, Answer):
            return posted
        evidence = [found for one in posted for found in judge.run(one)]
        return judge.summed(evidence, f"The policy tests of {len(posted)} name{'' if len(posted) == 1 else 's'} passed")

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        tried = [] if self._client is None else await _probed(self._client)
        return [*tried, *await self._gatekeeper.probe()]

    async def _without_bundles(self, client: OpaClient, plugins: Sequence[Evidence], words: str) -> Answer:
        """The policies that were loaded from files or put there; `words` are for where a bundle is configured."""
        config = await client.config()
        if config.bundles or config.discovery:
            return Answer.unknown(words)
        many = len(await client.policies())
        if not many:
            return Answer.unknown("It has neither bundles nor policies: whoever asks it gets no decision")
        found = f"{many} polic{'y' if many == 1 else 'ies'}, without a bundle"
        loaded = Evidence(key="policies", title="policies", status=Status.OK, detail=found)
        return _linked(client, judge.summed([loaded, *plugins], found), "/v1/policies")

    def _check(self, name: str, question: str, ask: Callable[[], Awaitable[Answer]]) -> Check:
        return Check(name=name, item=Item.SECURITY, question=question, ask=ask, instance=self._wiring.instance)


async def _probed(client: OpaClient) -> list[tuple[str, str | None]]:
    tried = [("ask it", await client.trouble())]
    for what, ask in (("read its status", client.status), ("read its configuration", client.config)):
        try:
            await ask()
        except NotAuthorised as error:
            tried.append((what, str(error)))
        else:
            tried.append((what, None))
    return tried


def _linked(client: OpaClient, answer: Answer, path: str) -> Answer:
    return replace(answer, link=f"{client.address}{path}")


def _path(name: str) -> Sequence[str]:
    """`data.httpapi.authz.allow`, `/v1/data/httpapi/authz/allow` and `httpapi/authz/allow` are one."""
    bare = name.strip().strip("/").removeprefix("v1/data/")
    parts = bare.split("/") if "/" in bare else bare.removeprefix("data.").split(".")
    return [part for part in parts if part]
