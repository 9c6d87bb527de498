"""Builds as changes, in our own form: the same whether a notice or a look tells of them."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Final
from urllib.parse import unquote, urlsplit

from bot.domain.change import Change, ChangeKind, Result
from bot.integrations.foreign import shown
from bot.integrations.jenkins.shapes import Action, Build

SOURCE: Final = "jenkins"
RESULTS: Final = {
    "SUCCESS": Result.SUCCEEDED,
    "UNSTABLE": Result.SUCCEEDED,
    "FAILURE": Result.FAILED,
    "NOT_BUILT": Result.CANCELLED,
    "ABORTED": Result.CANCELLED,
}
_ADDRESS: Final = re.compile(r"^(?P<root>.*?)(?P<job>(?:/job/[^/]+)+)/(?P<number>\d{1,9})/?$")
_REMOTE: Final = re.compile(r"[/:](?P<owner>[^/:]{1,200})/(?P<name>[^/:]{1,200}?)(?:\.git)?/?$")
_DEPLOYS: Final = re.compile(r"^(?:deploy|release)[-_.]|[-_.](?:deploy|deployment|release)$", re.IGNORECASE)
_LONGEST_ID: Final = 700


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a build is: the controller by its host and prefix, the job by its path, the build by its number."""

    root: str
    path: str
    number: int

    @property
    def id(self) -> str:
        """Controllers of one house may have jobs of the same name, so that its own address is part of it."""
        return f"{self.root}|{self.path}#{self.number}"

    @staticmethod
    def of_url(url: str) -> "Place | None":
        """From a build's address as Jenkins gives it; None for what is no build's."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return None
        found = _ADDRESS.match(parts.path)
        if found is None or parts.scheme not in ("http", "https") or not parts.hostname or len(url) > _LONGEST_ID:
            return None
        root = f"{parts.netloc.rpartition('@')[2]}{found['root']}".lower()
        # One escape is the address's. A branch's name bears another, and keeps it: so Jenkins calls the job.
        names = [unquote(name) for name in found["job"].split("/job/")[1:]]
        return Place(root=root, path="/".join(names), number=int(found["number"]))

    @staticmethod
    def of_id(run: str) -> "Place | None":
        root, bar, rest = run.partition("|")
        path, mark, number = rest.rpartition("#")
        if not (bar and mark and path and number.isascii() and number.isdigit()):
            return None
        return Place(root=root, path=path, number=int(number))


@dataclass(frozen=True, slots=True)
class Reading:
    """How builds are read: which of them deploy."""

    deploying: Collection[str]

    def kind(self, path: str) -> ChangeKind:
        known = path.lower()
        deploys = any(fnmatchcase(known, pattern.lower()) for pattern in self.deploying)
        return ChangeKind.DEPLOYMENT if deploys else ChangeKind.PIPELINE

    def listed(self, place: Place, build: Build, url: str) -> Change | None:
        """None for a build that does not tell when it began."""
        if build.started is None:
            return None
        revision = next((one.revision for one in build.said if one.revision is not None), None)
        return self.change(
            place,
            started=build.started,
            ended=build.ended,
            result=Result.RUNNING if build.running else RESULTS.get(build.result or "", Result.UNKNOWN),
            remotes=[remote for one in build.said for remote in one.remotes],
            commit=revision.sha if revision else "",
            by=_by(build.said),
            url=url,
        )

    def change(
        self,
        place: Place,
        *,
        started: datetime,
        ended: datetime | None,
        result: Result,
        remotes: Sequence[str],
        commit: str,
        by: str | None,
        url: str,
    ) -> Change:
        return Change(
            source=SOURCE,
            id=place.id,
            kind=self.kind(place.path),
            title=f"{unquote(place.path)} #{place.number}",
            places=_places(place.path, remotes),
            started_at=started,
            ended_at=ended,
            result=result,
            version=commit[:10] or None,
            by=by,
            url=url,
        )


def repository(remote: str) -> str | None:
    """`owner/name` of a repository's address, however it is written."""
    found = _REMOTE.search(remote[:1_000].strip())
    return f"{found['owner']}/{found['name']}" if found else None


def _places(path: str, remotes: Sequence[str]) -> Sequence[str]:
    """The job, its repositories, what holds it (a branch's project), its bare name, and what it deploys by that."""
    parts = path.split("/")
    repositories = [known for remote in remotes[:5] if (known := repository(remote))]
    holders = ["/".join(parts[:length]) for length in range(len(parts) - 1, 0, -1)]
    names = list(reversed(parts))
    deployed = [_DEPLOYS.sub("", name) for name in names]
    return list(dict.fromkeys([path, *repositories, *holders, *names, *filter(None, deployed)]))


def _by(said: Sequence[Action]) -> str | None:
    """A person where one started it, else what did."""
    causes = [cause for one in said for cause in one.causes]
    people = [cause.user_name or cause.user_id for cause in causes if cause.user_name or cause.user_id]
    others = [shown(cause.short, limit=80) for cause in causes if cause.short]
    return next(iter([*people, *others]), None)
