"""GitLab's answers to the morning checklist, and what its pipelines and deployments changed."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from bot.domain.access import AccessFound
from bot.domain.capabilities import AccessList, ChangeLog, DailyCheck, Pipelines, Probe
from bot.domain.change import Change
from bot.domain.check import Answer, Check, Evidence, Item, Status
from bot.domain.errors import NotFound, Refused, VendorError
from bot.domain.person import Author
from bot.integrations import Wiring
from bot.integrations.findings import Old, counted
from bot.integrations.gitlab import accounts, judge, news
from bot.integrations.gitlab.access import AccessCheck
from bot.integrations.gitlab.acting import Acting
from bot.integrations.gitlab.client import GitLabClient, newest, unseen
from bot.integrations.gitlab.settings import GitLabSettings
from bot.integrations.gitlab.shapes import Project, is_of_reviews
from bot.integrations.http import once_per
from bot.integrations.probing import Ask, tried
from bot.integrations.together import both, every

_SHARED_FOR: Final = 5.0
_PATIENCE: Final = 30.0
_MOST_ENVIRONMENTS: Final = 100
_MOST_SCHEDULES: Final = 200
_QUEUED: Final = ("pending", "waiting_for_resource")


@dataclass(frozen=True, slots=True)
class Seen:
    """What one project showed: how many things were looked at, and what was found about them."""

    count: int
    found: Sequence[Evidence]


class GitLabReader(DailyCheck, ChangeLog, AccessList, Probe):
    """What a token that may only read is enough for."""

    def __init__(self, client: GitLabClient, settings: GitLabSettings, wiring: Wiring) -> None:
        self._client, self._settings, self._wiring = client, settings, wiring
        self._project = {
            name: once_per(_SHARED_FOR, partial(self._found, name)) for name in dict.fromkeys(settings.projects)
        }

    @property
    def source(self) -> str:
        return news.SOURCE

    def checks(self) -> Sequence[Check]:
        pipelines, here = Item.PIPELINES, self._wiring.instance
        of_projects = (
            ("pipelines", pipelines, "Did the newest pipeline of every default branch succeed?", self.pipelines),
            ("waiting", pipelines, "Does a deployment wait for an approval for long?", self.waiting),
            ("queue", pipelines, "Is a job stuck in the queue?", self.queue),
            ("schedules", pipelines, "Is every schedule on, and did its last pipeline succeed?", self.schedules),
            (
                "deployments",
                Item.DEPLOYMENTS,
                "Did the last deployment to every environment succeed?",
                self.deployments,
            ),
        )
        of_groups = (("access", Item.SECURITY, "Is everybody with access meant to have it?", self.access_review),)
        declared = (
            *(of_projects if self._project else ()),
            ("token", pipelines, "Is our token good for a while?", self.token),
            *(of_groups if self._settings.groups else ()),
        )
        return [
            Check(name=f"gitlab.{what}", item=item, question=question, ask=ask, instance=here, patience=_PATIENCE)
            for what, item, question, ask in declared
        ]

    async def pipelines(self) -> Answer:
        oldest = timedelta(days=self._limit("pipelines", "oldest_days", 60))

        async def judged(project: Project) -> Seen:
            branch = project.default_branch
            found = await self._client.pipelines(project.id, branch) if branch else []
            return Seen(1, [judge.pipeline(project, found, self._now(), oldest)])

        seen = await self._over(judged)
        good = f"The newest pipeline of all {len(seen)} projects succeeded"
        return self._told(seen, "projects", good, "/-/pipelines")

    async def waiting(self) -> Answer:
        old = Old(warn=timedelta(hours=self._limit("waiting", "warn_hours", 4)))

        async def judged(project: Project) -> Seen:
            blocked = await self._client.blocked(project.id)
            found = [one for each in blocked for one in (judge.waiting(project, each, self._now(), old),) if one]
            return Seen(len(found), found)

        seen = await self._over(judged)
        return self._told(seen, "deployments", "No deployment has waited for an approval for long", "/-/environments")

    async def queue(self) -> Answer:
        old = Old(
            warn=timedelta(hours=self._limit("queue", "warn_hours", 1)),
            fail=timedelta(hours=self._limit("queue", "fail_hours", 24)),
        )

        async def judged(project: Project) -> Seen:
            lists = await every(self._client.jobs(project.id, state) for state in _QUEUED)
            jobs = {job.id: job for each in lists for job in each}.values()
            found = [one for job in jobs for one in (judge.queued(project, job, _QUEUED, self._now(), old),) if one]
            return Seen(len(found), found)

        return self._told(await self._over(judged), "jobs", "No job is stuck in the queue", "/-/jobs")

    async def schedules(self) -> Answer:
        async def judged(project: Project) -> Seen:
            listed = await self._client.schedules(project.id)
            if len(listed) > _MOST_SCHEDULES:
                raise Refused(f"{project.path_with_namespace} has more than {_MOST_SCHEDULES} schedules; not all asked")
            whole = await every(self._client.schedule(project.id, one.id) for one in listed)
            return Seen(len(whole), [judge.schedule(project, one, self._now()) for one in whole])

        seen = await self._over(judged)
        count = sum(one.count for one in seen)
        if not any(one.found for one in seen):
            return Answer.unknown("No project has a schedule. Hide this check if that is as it should be.")
        return self._told(seen, "schedules", f"All {count} schedules are on, and ran well", "/-/pipeline_schedules")

    async def deployments(self) -> Answer:
        seen = await self._over(self._deployed)
        count = sum(one.count for one in seen)
        if not any(one.found for one in seen):
            return Answer.unknown(
                "Nothing was ever deployed by GitLab. Name GITLAB_ENVIRONMENTS, or hide this check if that is so."
            )
        good = f"The last deployment to all {count} environments succeeded"
        return self._told(seen, "environments", good, "/-/environments", showing_all=True)

    async def token(self) -> Answer:
        answer = judge.token(await self._client.own_token(), self._now())
        return replace(answer, link=f"{self._client.web}/-/user_settings/personal_access_tokens")

    async def access_review(self) -> Answer:
        unused = timedelta(days=self._limit("access", "unused_days", 90))
        answer = await AccessCheck(self._client, self._settings, self._now, unused).answer()
        return replace(answer, link=f"{self._client.web}/groups/{self._settings.groups[0]}/-/group_members")

    async def access(self) -> AccessFound:
        return await accounts.found(self._client, self._settings)

    async def changed(self, since: datetime) -> Sequence[Change]:
        lists = await every(self._changed_in(name, since) for name in self._project)
        return [one for each in lists for one in each]

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        asks: dict[str, Ask] = {"read its own token": self._client.own_token}
        asks |= {f"read {name}": ask for name, ask in self._project.items()}
        return await tried(asks)

    async def _found(self, name: str) -> Project:
        try:
            return await self._client.project(name)
        except NotFound:
            raise unseen(self._client.title, "project", name) from None

    async def _deployed(self, project: Project) -> Seen:
        """Environments that nobody named are left out where they are of a review, or nothing was deployed."""
        given = self._settings.environments
        names = given or [one.name for one in await self._client.environments(project.id) if not one.of_reviews]
        if len(names) > _MOST_ENVIRONMENTS:
            raise Refused(
                f"{project.path_with_namespace} has more than {_MOST_ENVIRONMENTS} environments. "
                "Name some in GITLAB_ENVIRONMENTS."
            )
        lists = await every(self._client.deployments(project.id, name) for name in names)
        pairs = [
            (name, newest([one for one in found if one.environment is None or one.environment.name == name]))
            for name, found in zip(names, lists, strict=True)
        ]
        found = [judge.deployed(project, name, one) for name, one in pairs if given or one is not None]
        return Seen(len(found), found)

    async def _changed_in(self, name: str, since: datetime) -> Sequence[Change]:
        project = await self._project[name]()
        pipelines, deployments = await both(
            self._client.pipelines_since(project.id, since), self._client.deployments_since(project.id, since)
        )
        kept = [one for one in pipelines if news.is_change(one.source, one.ref, project.default_branch)]
        whole = await every(self._client.pipeline(project.id, one.id) for one in kept)
        changes = [news.of_pipeline(one, project) for one in whole]
        changes += [
            news.of_deployment(one, project)
            for one in deployments
            if not is_of_reviews(one.environment.name if one.environment else "", "")
        ]
        return [one for one in changes if max(one.started_at, one.ended_at or one.started_at) >= since]

    async def _over(self, ask: Callable[[Project], Awaitable[Seen]]) -> Sequence[Seen]:
        """Each project for itself: one that cannot be seen is told as such, and hides no other."""

        async def tried(named: str) -> Seen | VendorError:
            try:
                project = await self._project[named]()
                seen, odd = await ask(project), judge.project(named, project)
            except VendorError as error:
                return error
            return Seen(seen.count, [*seen.found, *odd])

        names = list(self._project)
        every_one = await every(tried(name) for name in names)
        failures = [one for one in every_one if isinstance(one, VendorError)]
        if len(failures) == len(names):
            raise failures[0]
        return [
            Seen(1, [judge.finding("project", name, "", Status.UNKNOWN, str(one))])
            if isinstance(one, VendorError)
            else one
            for name, one in zip(names, every_one, strict=True)
        ]

    def _told(self, seen: Sequence[Seen], thing: str, good: str, page: str, *, showing_all: bool = False) -> Answer:
        found = [one for each in seen for one in each.found]
        answer = counted(found, good, sum(one.count for one in seen), thing, showing_all=showing_all)
        first = next(iter(self._project))
        # By its number GitLab finds a project, and none of its pages.
        place = f"projects/{first}" if first.isdigit() else f"{first}{page}"
        return replace(answer, link=f"{self._client.web}/{place}")

    def _limit(self, what: str, name: str, default: float) -> float:
        return self._wiring.limit(f"gitlab.{what}", name, default)

    def _now(self) -> datetime:
        return self._wiring.outside.now()


class GitLab(GitLabReader, Pipelines):
    def __init__(self, client: GitLabClient, settings: GitLabSettings, wiring: Wiring) -> None:
        super().__init__(client, settings, wiring)
        self._acting = Acting(client)

    async def rerun(self, run: str, by: Author, *, once: str) -> str:  # noqa: ARG002 - GitLab keeps no such key
        return await self._acting.rerun(run)

    async def cancel(self, run: str, by: Author) -> None:  # noqa: ARG002 - GitLab keeps no words about it
        await self._acting.cancel(run)

    async def approve(self, run: str, by: Author, words: str) -> None:
        await self._acting.approve(run, by, words)


def connect(settings: GitLabSettings, wiring: Wiring) -> GitLabReader | None:
    """None where there are only notices to read."""
    if not settings.on("read"):
        return None
    web = settings.url.strip().rstrip("/")
    api = wiring.outside.api(
        title=wiring.titled("GitLab"),
        base_url=f"{web}/api/v4",
        headers={"private-token": settings.token} if settings.token.get_secret_value() else {},
        verify=settings.ca_file or True,
        allow_plain_http=settings.allow_plain_http,
        address="GITLAB_URL",
        variables=("GITLAB_TOKEN",),
        right="read_api",
    )
    made = GitLab if settings.on("write") else GitLabReader
    return made(GitLabClient(api, web), settings, wiring)
