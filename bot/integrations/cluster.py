"""A Kubernetes cluster to be asked: lists to their end, single things, patches, and what is installed in it.

The systems that live in a cluster share this; each makes its own with `clusters`. Made without I/O: kubeconfig and the
library are read when the first question is asked, and kubeconfig again every minute.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import BaseModel, SecretStr, TypeAdapter, ValidationError

from bot.domain.errors import NotAuthorised, NotFound, NotInstalled, Refused, VendorError
from bot.integrations import Wiring
from bot.integrations.address import Headers, basic, bearer
from bot.integrations.api import Api
from bot.integrations.aside import Aside
from bot.integrations.cluster_access import Access, Trust, of_kubeconfig, of_pod
from bot.integrations.cluster_credential import PluginTokens, Renewing, TokenFile
from bot.integrations.cluster_settings import ClusterSettings
from bot.integrations.cluster_shapes import Kind, Listed, Text
from bot.integrations.foreign import segment, shown
from bot.integrations.http import Outside

if TYPE_CHECKING:
    from bot.integrations.cluster_calls import Calls

T = TypeVar("T")
READ_AGAIN_AFTER: Final = 60.0
"""Seconds, for kubeconfig: tokens and addresses in it are renewed."""
_BARE: Final = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"


class Patch(StrEnum):
    """How a change is told. STRATEGIC merges lists by name and is for built-in kinds; JSON is a list of steps."""

    MERGE = "application/merge-patch+json"
    STRATEGIC = "application/strategic-merge-patch+json"
    JSON = "application/json-patch+json"


class _Group(BaseModel):
    class Version(BaseModel):
        version: str

    name: Text
    versions: Listed[Version]


class _Groups(BaseModel):
    groups: Listed[_Group]


class Served(BaseModel):
    """A kind as the cluster lists it; `name` is the plural, with `/status` behind it for a part."""

    name: str
    kind: Text = ""
    namespaced: bool = True
    verbs: Listed[str] = ()


class _ServedList(BaseModel):
    resources: Listed[Served]


@dataclass(frozen=True, slots=True)
class _Connected:
    access: Access
    api: Api
    calls: "Calls"


@dataclass(slots=True, kw_only=True)
class Cluster:
    """`instance` is what its checks bear. `named`: somebody named this very system in the settings."""

    title: str
    instance: str | None
    named: bool
    outside: Outside
    read: Callable[[], Access]
    """Reads files."""
    clock: Callable[[], float] = time.monotonic
    _line: _Connected | None = field(default=None, repr=False)
    _read_at: float = float("-inf")
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)
    _aside: Aside = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._aside = Aside(self.title, self.outside.patience)

    async def list(
        self,
        kind: Kind,
        shape: type[T],
        *,
        namespace: str = "",
        labels: str = "",
        fields: str = "",
        bare: bool = False,
    ) -> Sequence[T]:
        """Everything of a kind, followed to the end. `bare` asks for metadata only.

        `NotInstalled` when the cluster has no such kind at all; it says so itself, so that no proxy can.
        """
        selectors = {name: value for name, value in (("labelSelector", labels), ("fieldSelector", fields)) if value}
        headers = {"Accept": _BARE} if bare else {}
        reader = TypeAdapter(list[shape])  # type: ignore[valid-type]
        return await self._asked(
            lambda line: line.calls.list(
                kind, segment(namespace), selectors, headers, lambda page: self._as(reader.validate_json, page, kind)
            ),
            kind,
        )

    async def get(self, kind: Kind, shape: type[T], name: str, *, namespace: str = "") -> T:
        """`NotFound` when it is not there."""
        found = await self._asked(lambda line: line.calls.get(kind, segment(name), segment(namespace)), kind)
        return self._as(TypeAdapter(shape).validate_python, found, kind)

    async def patch(
        self,
        kind: Kind,
        name: str,
        body: Any,
        how: Patch,
        *,
        namespace: str = "",
        part: str = "",
        dry_run: bool = False,
    ) -> None:
        """Change a thing, or its `part` (`status`, `scale`). `Conflict` when it was changed since we looked.

        May have been applied when it is `Unavailable`: look before it is repeated.
        """
        if how is Patch.STRATEGIC and not kind.built_in:
            raise Refused(f"{kind.right} knows no strategic merge")
        await self._asked(
            lambda line: line.calls.patch(
                kind, segment(name), segment(namespace), body, content_type=how.value, part=part, dry_run=dry_run
            ),
            kind,
        )

    async def create(self, kind: Kind, body: Mapping[str, Any], shape: type[T], *, namespace: str = "") -> T:
        """`Conflict` when one of that name is there already."""
        made = await self._asked(lambda line: line.calls.create(kind, segment(namespace), body), kind)
        return self._as(TypeAdapter(shape).validate_python, made, kind)

    async def health(self, path: str) -> tuple[int, str]:
        """The status code and the lines of a health page such as `/readyz`; 5xx is an answer, a web page is none."""
        response = await self._asked(
            lambda line: line.api.get(path, {"verbose": "true"}, answers=range(500, 600), right=f"get {path}")
        )
        return response.status, response.text()

    async def read_as(self, shape: type[T], path: str) -> T:
        """Any other JSON, such as `/version`."""
        return await self._asked(lambda line: line.api.get_as(shape, path, right=f"get {path}"))

    async def versions(self, group: str) -> Sequence[str]:
        """In which versions the cluster serves a group, the preferred first; empty when it does not."""
        groups = (await self.read_as(_Groups, "/apis")).groups
        return [one.version for found in groups if found.name == group for one in found.versions]

    async def served(self, group: str, version: str) -> Sequence[Served]:
        """The kinds of a group; `NotInstalled` when the cluster does not have it."""
        if version not in await self.versions(group):
            raise self._absent(f"{group}/{version}")
        return (await self.read_as(_ServedList, f"/apis/{segment(group)}/{segment(version)}")).resources

    async def aclose(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            await line.calls.aclose()

    async def _asked(self, ask: Callable[[_Connected], Awaitable[T]], kind: Kind | None = None) -> T:
        line = await self._connected()
        try:
            return await self._tried(ask, line, kind)
        except NotAuthorised:
            # A token that stands in kubeconfig itself may have been renewed since it was read.
            newer = await self._connected(anew=True)
            if newer is line:
                raise
            return await self._tried(ask, newer, kind)

    async def _tried(self, ask: Callable[[_Connected], Awaitable[T]], line: _Connected, kind: Kind | None) -> T:
        try:
            return await ask(line)
        except (NotFound, NotAuthorised) as error:
            if kind is not None and not kind.built_in and (isinstance(error, NotAuthorised) or _not_served(error)):
                await self._refuse_absent(kind, error)
            raise

    async def _refuse_absent(self, kind: Kind, error: VendorError) -> None:
        """Raise `NotInstalled` when the cluster's own list lacks the kind. Of that one, too, rights are asked first."""
        try:
            versions = await self.versions(kind.group)
            served = await self.served(kind.group, kind.version) if kind.version in versions else ()
        except VendorError as failure:
            raise (error if isinstance(error, NotAuthorised) else failure) from None
        if versions and kind.version not in versions:
            raise Refused(
                f"{self.title} serves {kind.group} as {shown(', '.join(versions), limit=60)}, not as {kind.version}"
            )
        if kind.plural not in {one.name for one in served}:
            raise self._absent(kind.right)

    def _absent(self, what: str) -> NotFound:
        """What somebody named, they miss when it is gone; what is merely possible in a cluster has no line."""
        words = f"{self.title} has no {what} installed"
        return NotFound(words) if self.named else NotInstalled(words)

    async def _connected(self, *, anew: bool = False) -> _Connected:
        async with self._turn:
            line = self._line
            if line is None or anew or self.clock() - self._read_at >= READ_AGAIN_AFTER:
                access = await self._aside(self.read)
                self._read_at = self.clock()
                if line is None or access != line.access:
                    self._line = line = await self._made(access)
            return line

    async def _made(self, access: Access) -> _Connected:
        try:
            speech = await self._aside(lambda: import_module("bot.integrations.cluster_calls"))
        except ImportError as error:
            raise Refused(
                f"{self.title}: the library is missing. Install Daywatch with its extra `kubernetes` (lightkube)."
            ) from error
        api = self._api(access)
        return _Connected(access, api, speech.Calls(api))

    def _api(self, access: Access) -> Api:
        secrets: set[str] = set()
        headers: Headers = {}
        auth = None
        if access.token:
            headers = bearer(SecretStr(access.token))
        elif access.token_file is not None:
            auth = Renewing(TokenFile(access.token_file, self._aside), secrets)
        elif access.plugin is not None:
            auth = Renewing(PluginTokens(access.plugin, self._aside, self.outside.now), secrets)
        elif access.login is not None:
            headers = basic(access.login[0], SecretStr(access.login[1]))
        return self.outside.api(
            title=self.title,
            base_url=access.server,
            headers=headers,
            auth=auth,
            verify=access.trust if access.trust != Trust() else True,  # those that all share are read only once
            secrets=secrets,
            address="KUBECONFIG",
            variables=(access.renew,),
        )

    def _as(self, read: Callable[[Any], T], found: Any, kind: Kind) -> T:
        try:
            return read(found)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            where = shown(".".join(str(part) for part in first["loc"]), limit=80)
            raise Refused(
                f"{self.title} answered with {kind.plural} in a form we do not know ({where}: {first['type']})"
            ) from None  # the original quotes what came in


def _not_served(error: VendorError) -> bool:
    from bot.integrations.cluster_calls import NotServed  # noqa: PLC0415 - imported by then; see the module's sentence

    return isinstance(error, NotServed)


def clusters(settings: ClusterSettings, wiring: Wiring, *, named: bool | None = None) -> Sequence[Cluster]:
    """Every cluster that the settings name. Several contexts bear their names, one bears that of its entry or none.

    `named` says whether somebody named this very system, so that it is missed where it is not installed; without it, an
    entry under `systems:` does.
    """
    chosen = settings.chosen or ("",)
    alone = len(chosen) == 1
    return [
        Cluster(
            title=wiring.titled("Kubernetes") if alone else f"{wiring.titled('Kubernetes')} {shown(context, limit=60)}",
            instance=wiring.instance if alone else "/".join(filter(None, (wiring.instance, context))),
            named=wiring.instance is not None if named is None else named,
            outside=wiring.outside,
            read=of_pod if settings.in_cluster else partial(of_kubeconfig, settings.kubeconfig, context),
        )
        for context in chosen
    ]
