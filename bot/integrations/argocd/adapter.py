"""Argo CD's answers to the morning checklist, and what it synced lately."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from bot.domain.capabilities import ChangeLog, DailyCheck, Probe
from bot.domain.change import Change
from bot.domain.check import Answer, Check, Evidence, Item, Status
from bot.domain.errors import VendorError
from bot.integrations import Wiring, findings
from bot.integrations.argocd import house, judge
from bot.integrations.argocd.changes import SOURCE, changes_of
from bot.integrations.argocd.client import ArgoCDClient
from bot.integrations.argocd.settings import ArgoCDSettings
from bot.integrations.argocd.shapes import App
from bot.integrations.http import bearer, once_per, shown
from bot.integrations.together import every

_SHARED_FOR: Final = 5.0
_MOST_WINDOWS: Final = 40
_LONGEST_PAGE: Final = 1_500
"""Of an address that a message can hold as a link."""


class ArgoCD(DailyCheck, ChangeLog, Probe):
    def __init__(self, client: ArgoCDClient, settings: ArgoCDSettings, wiring: Wiring) -> None:
        self._client = client
        self._projects = settings.projects
        self._wiring = wiring
        self._apps = once_per(_SHARED_FOR, client.apps)

    @classmethod
    def connect(cls, settings: ArgoCDSettings, wiring: Wiring) -> "ArgoCD | None":
        """None when it only takes notices in."""
        if not settings.on("read"):
            return None
        api = wiring.outside.api(
            title=wiring.titled("Argo CD"),
            base_url=settings.url,
            headers=bearer(settings.token),
            verify=(settings.ca_file or True) if settings.verify_tls else False,
            allow_plain_http=settings.allow_plain_http,
            address="ARGOCD_URL",
            variables=("ARGOCD_TOKEN",),
            right="see applications (applications, get)",
        )
        return cls(ArgoCDClient(api, settings.projects), settings, wiring)

    @property
    def source(self) -> str:
        return SOURCE

    def checks(self) -> Sequence[Check]:
        pipelines = Item.PIPELINES
        declared = (
            ("apps", pipelines, "Is every application healthy and in sync?", self.apps),
            ("syncs", pipelines, "Did the last sync of every application succeed?", self.syncs),
            ("conditions", pipelines, "Does an application report an error?", self.conditions),
            ("clusters", pipelines, "Can all clusters be reached?", self.clusters),
            ("repositories", pipelines, "Can all repositories be reached?", self.repositories),
            ("pending", Item.DEPLOYMENTS, "Does an application wait to be synced by hand?", self.pending),
            ("drift", Item.DRIFT, "Is every application as its repository says?", self.drift),
            ("access", Item.SECURITY, "Are the local accounts and their tokens in order?", self.access),
        )
        here = self._wiring.instance
        return [
            Check(name=f"argocd.{what}", item=item, question=question, ask=ask, instance=here)
            for what, item, question, ask in declared
        ]

    async def apps(self) -> Answer:
        found = await self._apps()
        return self._of_apps(found, judge.apps(found, self._now(), self._patience("apps")))

    async def syncs(self) -> Answer:
        found = await self._apps()
        return self._of_apps(found, judge.syncs(found))

    async def conditions(self) -> Answer:
        found = await self._apps()
        return self._of_apps(found, judge.conditions(found))

    async def drift(self) -> Answer:
        found = await self._apps()
        return self._of_apps(found, judge.drift(found, self._now(), self._patience("drift")))

    async def pending(self) -> Answer:
        found = await self._apps()
        waiting = [app for app in found if app.sync == "OutOfSync" and not app.syncs_itself][:_MOST_WINDOWS]
        windows = await every(self._window(app) for app in waiting)
        told = dict(zip((app.key for app in waiting), windows, strict=True))
        return self._of_apps(found, judge.pending(found, told))

    async def clusters(self) -> Answer:
        stale = timedelta(hours=self._limit("clusters")("stale_hours", 24))
        answer = house.clusters(await self._client.clusters(), self._now(), stale=stale)
        return self._linked(answer, "/settings/clusters")

    async def repositories(self) -> Answer:
        found = await self._client.repositories()
        may_see = bool(found) or await self._client.may_see_repositories()
        return self._linked(house.repositories(found, may_see=may_see), "/settings/repos")

    async def access(self) -> Answer:
        days = self._limit("access")("days", 14)
        answer = house.accounts(await self._client.accounts(), self._now(), days=days)
        return self._linked(answer, "/settings/accounts")

    async def changed(self, since: datetime) -> Sequence[Change]:
        found = await self._client.histories()
        return [one for app in found for one in changes_of(app, since, self._client.page(judge.page_of(app)))]

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        tries: dict[str, Callable[[], Awaitable[object]]] = {
            "be reached": self._client.version,
            "see applications": self._apps,
            "see clusters": self._client.clusters,
            "see repositories": self._client.repositories,
            "see accounts": self._client.accounts,
        }
        told: list[tuple[str, str | None]] = []
        failures: list[VendorError] = []
        for what, ask in tries.items():
            try:
                found = await ask()
            except VendorError as error:
                failures.append(error)
                told.append((what, str(error)))
            else:
                # What a token may not see is left out of a list, and not refused.
                told.append((what, None if found else f"Nothing is to be seen: give the token the right to {what}"))
        if len(failures) == len(tries):
            raise failures[0]
        return told

    async def _window(self, app: App) -> str:
        """What to say of its sync windows; that it waits is known without them."""
        try:
            window = await self._client.window(app)
        except VendorError as error:
            return f"its sync windows are not to be had ({shown(error, limit=80)})"
        if window.can_sync is None:
            return ""
        return "it may be synced now" if window.can_sync else "its sync window is closed now"

    def _of_apps(self, found: Sequence[App], answer: Answer) -> Answer:
        """A project that is named and has nothing makes no answer ok."""
        gone = judge.missing(found, self._projects) if found else []
        if gone:
            words = "no application of it is to be seen: check ARGOCD_PROJECTS and the token's rights"
            evidence = [
                Evidence(key=f"project:{shown(one, limit=180)}", title=shown(one), status=Status.UNKNOWN, detail=words)
                for one in gone
            ]
            both = [*answer.evidence, *evidence]
            answer = findings.answer(both, "", f"{len(both)} to look at")
        return self._linked(answer, "/applications")

    def _patience(self, what: str) -> judge.Patience:
        limit = self._limit(what)
        return judge.Patience(
            progressing=timedelta(minutes=limit("progressing_minutes", 15)),
            drifting=timedelta(minutes=limit("drifting_minutes", 30)),
            stale=timedelta(hours=limit("stale_hours", 24)),
        )

    def _now(self) -> datetime:
        return self._wiring.outside.now()

    def _limit(self, what: str) -> Callable[[str, float], float]:
        return partial(self._wiring.limit, f"argocd.{what}")

    def _linked(self, answer: Answer, page: str) -> Answer:
        """With the place where a person would look, for each finding its own where it has one."""
        evidence = [
            replace(one, url=self._client.page(one.url if one.url and len(one.url) <= _LONGEST_PAGE else page))
            for one in answer.evidence
        ]
        return replace(answer, link=self._client.page(page), evidence=evidence)
