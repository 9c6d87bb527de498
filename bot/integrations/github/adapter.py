"""GitHub's answers to the morning checklist, and what its workflows and deployments changed."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from bot.domain.access import AccessFound
from bot.domain.capabilities import AccessList, ChangeLog, DailyCheck, Pipelines, Probe
from bot.domain.change import Change
from bot.domain.check import Answer, Check, Evidence, Item
from bot.domain.errors import NotFound, Refused, VendorError
from bot.domain.person import Author
from bot.integrations import Wiring
from bot.integrations.findings import Old, counted
from bot.integrations.github import accounts, environments, judge, lately, login, news
from bot.integrations.github.access import AccessCheck
from bot.integrations.github.acting import Acting
from bot.integrations.github.client import GitHubClient
from bot.integrations.github.settings import GitHubSettings
from bot.integrations.github.shapes import Repository, Run, Workflow
from bot.integrations.http import once_per
from bot.integrations.probing import Ask, tried
from bot.integrations.together import every

_SHARED_FOR: Final = 5.0
_PATIENCE: Final = 30.0
_MOST_WORKFLOWS: Final = 300
_QUEUED: Final = ("queued", "pending", "requested")


@dataclass(frozen=True, slots=True)
class Seen:
    """What one repository showed: how many things were looked at, and what was found about them."""

    count: int
    found: Sequence[Evidence]


class GitHubReader(DailyCheck, ChangeLog, AccessList, Probe):
    """What a credential that may only read is enough for."""

    def __init__(
        self, client: GitHubClient, owner: GitHubClient | None, settings: GitHubSettings, wiring: Wiring
    ) -> None:
        self._client, self._owner, self._settings, self._wiring = client, owner, settings, wiring
        self._watched = settings.watched
        self._repository = {name: once_per(_SHARED_FOR, partial(client.repository, name)) for name in self._watched}
        self._workflows = {name: once_per(_SHARED_FOR, partial(self._listed, name)) for name in self._watched}

    @property
    def source(self) -> str:
        return news.SOURCE

    def checks(self) -> Sequence[Check]:
        pipelines, here = Item.PIPELINES, self._wiring.instance
        of_repositories = (
            ("runs", pipelines, "Did every workflow succeed on its default branch?", self.runs),
            ("waiting", pipelines, "Does a run wait for an approval for long?", self.waiting),
            ("queue", pipelines, "Is a run stuck in the queue?", self.queue),
            ("workflows", pipelines, "Is a workflow switched off?", self.workflows),
            (
                "deployments",
                Item.DEPLOYMENTS,
                "Did the last deployment to every environment succeed?",
                self.deployments,
            ),
        )
        declared = (
            *(of_repositories if self._watched else ()),
            ("limits", pipelines, "Are calls left, and is the token good for a while?", self.limits),
            *(
                (("access", Item.SECURITY, "Is everybody with access meant to have it?", self.access_review),)
                if self._settings.orgs
                else ()
            ),
        )
        return [
            Check(name=f"github.{what}", item=item, question=question, ask=ask, instance=here, patience=_PATIENCE)
            for what, item, question, ask in declared
        ]

    async def runs(self) -> Answer:
        oldest = timedelta(days=self._limit("runs", "oldest_days", 60))

        async def judged(repo: Repository, named: str) -> Seen:
            wanted, absent = await self._wanted(repo, named)
            newest = await every(
                self._client.newest_run(repo.full_name, _handle(one, self._watched[named]), repo.default_branch)
                for one in wanted
            )
            pairs = list(zip(wanted, newest, strict=True))
            found = [judge.newest(repo, one, run, self._now(), oldest) for one, run in pairs if run is not None]
            # A workflow that nobody named may be one for pull requests only; one at least must have run.
            silent = [judge.never_ran(repo, one) for one, run in pairs if run is None]
            idle = silent if self._watched[named] or not found else []
            return Seen(len(found) + len(idle) + len(absent), [*found, *idle, *absent])

        seen = await self._over(judged)
        count = sum(one.count for one in seen)
        return self._told(seen, "workflows", f"All {count} workflows succeeded on their default branch")

    async def waiting(self) -> Answer:
        old = Old(warn=timedelta(hours=self._limit("waiting", "warn_hours", 4)))
        return await self._late(("waiting",), old, "No run has waited for an approval for long")

    async def queue(self) -> Answer:
        old = Old(
            warn=timedelta(hours=self._limit("queue", "warn_hours", 1)),
            fail=timedelta(hours=self._limit("queue", "fail_hours", 24)),
        )
        return await self._late(_QUEUED, old, "No run is stuck in the queue")

    async def workflows(self) -> Answer:
        async def judged(repo: Repository, named: str) -> Seen:
            wanted, absent = await self._wanted(repo, named, also_off=True)
            found = [one for each in wanted for one in (judge.switched_off(repo, each),) if one]
            return Seen(len(wanted) + len(absent), [*found, *absent])

        seen = await self._over(judged)
        return self._told(seen, "workflows", f"All {sum(one.count for one in seen)} workflows are switched on")

    async def deployments(self) -> Answer:
        seen = await self._over(self._deployed)
        count = sum(one.count for one in seen)
        if not any(one.found for one in seen):
            return Answer.unknown(
                "Nothing was ever deployed by GitHub. Name GITHUB_ENVIRONMENTS, or hide this check if that is so."
            )
        good = f"The last deployment to all {count} environments succeeded"
        return self._told(seen, "environments", good, showing_all=True)

    async def limits(self) -> Answer:
        found, ends = await self._client.limits()
        return judge.limits(found, ends, self._now(), least=self._limit("limits", "warn_share", 0.2))

    async def access_review(self) -> Answer:
        unused = timedelta(days=self._limit("access", "unused_days", 90))
        check = AccessCheck(self._client, self._owner, self._settings, self._now, unused)
        return replace(await check.answer(), link=f"{self._client.web}/orgs/{self._settings.orgs[0]}/people")

    async def access(self) -> AccessFound:
        return await accounts.found(self._client, self._owner, self._settings)

    async def changed(self, since: datetime) -> Sequence[Change]:
        lists = await every(self._changed_in(name, since) for name in self._watched)
        return [one for each in lists for one in each]

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        await self._client.limits()
        asks: dict[str, Ask] = {}
        for name in self._watched:
            asks[f"read {name}"] = self._repository[name]
            asks[f"read Actions of {name}"] = self._workflows[name]
            asks[f"read deployments of {name}"] = partial(self._client.deployments, name, "production")
        return await tried(asks, proven="be reached")

    async def _listed(self, named: str) -> Sequence[Workflow]:
        repo = await self._repository[named]()
        found = await self._client.workflows(repo.full_name)
        if len(found) > _MOST_WORKFLOWS:
            raise Refused(
                f"{named} has more than {_MOST_WORKFLOWS} workflows. Name those to watch in GITHUB_WORKFLOWS."
            )
        return found

    async def _wanted(
        self, repo: Repository, named: str, *, also_off: bool = False
    ) -> tuple[Sequence[Workflow], Sequence[Evidence]]:
        """The workflows that are watched in a repository, and those of them that are not there."""
        # One that was made anew is listed beside the one that was deleted.
        there = [one for one in await self._workflows[named]() if one.state != "deleted"]
        files = self._watched[named]
        if not files:
            kept = [one for one in there if also_off or one.state == "active"]
            if not kept:
                which = "no workflow that is switched on" if there else "no workflows"
                raise NotFound(f"{repo.full_name} has {which}, so nothing says that anything was built")
            return kept, ()
        by_name = {handle: one for one in there for handle in (one.path.rpartition("/")[2], str(one.id))}
        absent = [judge.missing(repo, file) for file in files if file not in by_name]
        return [by_name[file] for file in files if file in by_name], absent

    async def _late(self, states: Sequence[str], old: Old, good: str) -> Answer:
        async def judged(repo: Repository, _named: str) -> Seen:
            lists = await every(self._client.runs(repo.full_name, status=state) for state in states)
            runs: dict[int, Run] = {one.id: one for each in lists for one in each}
            found = [one for run in runs.values() for one in (judge.late(repo, run, states, self._now(), old),) if one]
            return Seen(len(found), found)

        seen = await self._over(judged)
        count = sum(one.count for one in seen)
        return self._told(seen, "runs", f"{good} ({count} for a short time)" if count else good)

    async def _deployed(self, repo: Repository, named: str) -> Seen:
        found = await environments.deployed(self._client, self._settings, repo, named)
        return Seen(len(found), found)

    async def _changed_in(self, named: str, since: datetime) -> Sequence[Change]:
        return await lately.changed(self._client, await self._repository[named](), since)

    async def _over(self, ask: Callable[[Repository, str], Awaitable[Seen]]) -> Sequence[Seen]:
        """Each repository for itself: one that cannot be seen is told as such, and hides no other."""

        async def tried(named: str) -> Seen | VendorError:
            try:
                repo = await self._repository[named]()
                seen, odd = await ask(repo, named), judge.repository(named, repo)
            except VendorError as error:
                return error
            return Seen(seen.count + len(odd), [*seen.found, *odd])

        names = list(self._watched)
        every_one = await every(tried(name) for name in names)
        failures = [one for one in every_one if isinstance(one, VendorError)]
        if len(failures) == len(names):
            raise failures[0]
        return [
            Seen(1, [judge.unseen(name, str(one))]) if isinstance(one, VendorError) else one
            for name, one in zip(names, every_one, strict=True)
        ]

    def _told(self, seen: Sequence[Seen], thing: str, good: str, *, showing_all: bool = False) -> Answer:
        found = [one for each in seen for one in each.found]
        answer = counted(found, good, sum(one.count for one in seen), thing, showing_all=showing_all)
        return replace(answer, link=f"{self._client.web}/{next(iter(self._watched))}/actions")

    def _limit(self, what: str, name: str, default: float) -> float:
        return self._wiring.limit(f"github.{what}", name, default)

    def _now(self) -> datetime:
        return self._wiring.outside.now()


class GitHub(GitHubReader, Pipelines):
    def __init__(
        self, client: GitHubClient, owner: GitHubClient | None, settings: GitHubSettings, wiring: Wiring
    ) -> None:
        super().__init__(client, owner, settings, wiring)
        self._acting = Acting(client, as_app=settings.as_app)

    async def rerun(self, run: str, by: Author, *, once: str) -> str:  # noqa: ARG002 - GitHub keeps no such key
        return await self._acting.rerun(run)

    async def cancel(self, run: str, by: Author) -> None:  # noqa: ARG002 - GitHub keeps no words about it
        await self._acting.cancel(run)

    async def approve(self, run: str, by: Author, words: str) -> None:
        await self._acting.approve(run, by, words)


def connect(settings: GitHubSettings, wiring: Wiring) -> GitHubReader | None:
    """None where there are only notices to read."""
    if not settings.on("read"):
        return None
    client = GitHubClient(login.api_of(settings, wiring), wiring.outside.now)
    owner = login.api_of_owner(settings, wiring)
    made = GitHub if settings.on("write") else GitHubReader
    return made(client, GitHubClient(owner, wiring.outside.now) if owner else None, settings, wiring)


def _handle(workflow: Workflow, files: Sequence[str]) -> str:
    """How it was named, else its number."""
    file = workflow.path.rpartition("/")[2]
    return file if file in files else str(workflow.id)
