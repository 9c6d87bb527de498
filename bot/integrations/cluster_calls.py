"""Kubernetes as lightkube speaks it, through our own door: its requests and lists, our limits and error texts.

The only module that knows the library; imported when a cluster is asked for the first time.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any, Final, TypeVar

import httpx2
import msgspec
import structlog
from lightkube.config.client_adapter import ConnectionParams
from lightkube.config.kubeconfig import SingleConfig
from lightkube.config.models import Cluster, Context, User
from lightkube.core.generic_client import GenericAsyncClient
from lightkube.core.resource import ApiInfo, GlobalResource, NamespacedResourceG, ResourceDef
from lightkube.generic_resource import Generic

from bot.domain.errors import Conflict, NotFound, Refused, Unavailable
from bot.integrations.api import Api
from bot.integrations.cluster_shapes import Kind
from bot.integrations.foreign import shown
from bot.integrations.response import Response, refusal

T = TypeVar("T")
log = structlog.get_logger(__name__)

FIELD_MANAGER: Final = "daywatch"
MOST_PAGES: Final = 1_000
MOST_THINGS: Final = 100_000
"""Of one list. Beyond it none is read, and none is judged by a part."""
_NOWHERE: Final = SingleConfig(
    "daywatch", Context(cluster="daywatch"), Cluster(server="http://cluster", insecure=True), User()
)
"""The library opens no connection of its own; what is asked goes where `Api` points."""
_ODD: Final = (b"\\ud", b"\\uD", b"\\u0000")
"""Escapes that may bring in what is no text; the library's reader stops at them, ours takes them out."""
_VERBS: Final = {"GET": "get", "POST": "create", "PATCH": "patch"}


class Expired(Unavailable):
    """A list was changed so much while it was read that its next page is gone."""


class NotServed(NotFound):
    """The address as such is not there: its kind is not installed, or this is no Kubernetes."""


class Calls:
    """What is asked of one cluster. Lists and objects are dicts, as they came."""

    def __init__(self, api: Api) -> None:
        self._client = GenericAsyncClient(
            ConnectionParams(
                timeout=None,
                trust_env=False,
                transport=_Door(api),  # type: ignore[arg-type]  # its hint forgets the async kind
            ),
            _NOWHERE,
            field_manager=FIELD_MANAGER,
        )

    async def aclose(self) -> None:
        await self._client.close()  # type: ignore[no-untyped-call]

    async def list(
        self,
        kind: Kind,
        namespace: str,
        selectors: Mapping[str, str],
        headers: Mapping[str, str],
        read: Callable[[bytes], Sequence[T]],
    ) -> Sequence[T]:
        """All pages; from the beginning when the rest expired in the meantime, the third time without pages.

        `read` takes the JSON of each page as it comes: what nobody reads of ten thousand pods never becomes an object.
        """
        for _ in range(2):
            with suppress(Expired):
                return await self._pages(kind, namespace, {"limit": str(kind.page), **selectors}, headers, read)
        return await self._pages(kind, namespace, selectors, headers, read)

    async def _pages(
        self,
        kind: Kind,
        namespace: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        read: Callable[[bytes], Sequence[T]],
    ) -> Sequence[T]:
        request = self._client.prepare_request(
            "list",
            res=_resource(kind),
            namespace=namespace or ("*" if kind.namespaced else None),
            params=dict(query),
            headers=dict(headers),
        )
        found: list[T] = []
        for _ in range(MOST_PAGES):
            sent = self._client.build_adapter_request(request)
            answer: httpx2.Response = await self._client.send(sent)  # type: ignore[no-untyped-call]
            with _read(kind):
                page = msgspec.json.decode(answer.content, type=_Page)
            found += read(bytes(page.items))
            if page.metadata is None or not page.metadata.more:
                return found
            if len(found) > MOST_THINGS:
                break
            request.params["continue"] = page.metadata.more
        raise Refused(f"There are more than {len(found)} {kind.plural}; not all were read")

    async def get(self, kind: Kind, name: str, namespace: str) -> Any:
        with _read(kind):
            return await self._client.request("get", res=_resource(kind), name=name, namespace=namespace or None)

    async def patch(
        self, kind: Kind, name: str, namespace: str, body: Any, *, content_type: str, part: str, dry_run: bool
    ) -> Any:
        with _read(kind):
            return await self._client.request(
                "patch",
                res=_resource(kind, part),
                name=name,
                namespace=namespace or None,
                obj=body,
                headers={"Content-Type": content_type},
                params={"dryRun": "All" if dry_run else None},
            )

    async def create(self, kind: Kind, namespace: str, body: Mapping[str, Any]) -> Any:
        named = {**body, "metadata": {**body.get("metadata", {}), **({"namespace": namespace} if namespace else {})}}
        with _read(kind):
            return await self._client.request(
                "post", res=_resource(kind), namespace=namespace or None, obj=_resource(kind)(named)
            )


class _Door(httpx2.AsyncBaseTransport):
    """Where the library would open a connection: hands its requests to `Api`, and what comes back to the library."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        sent = await request.aread()
        path = request.url.raw_path.partition(b"?")[0].decode("ascii")
        verb, what = _meant(request.method, path)
        response = await self._api.call(
            request.method,
            path,
            params={name: request.url.params.get_list(name) for name in request.url.params},
            json=json.loads(sent) if sent else None,
            headers={
                name: value
                for name, value in request.headers.items()
                if name == "content-type" or (name == "accept" and value != "*/*")
            },
            answers=(404, 409, 410),
            right=f"{verb} {what}",
        )
        _log_warnings(response, what)
        if response.status >= 300:
            raise self._refusal(response, path, what)
        body = _checked(response, listed=verb == "list")
        return httpx2.Response(
            response.status, headers={"content-type": "application/json"}, content=body, request=request
        )

    def _refusal(self, response: Response, path: str, what: str) -> Exception:
        title = self._api.wording.title
        if response.status == 410:
            return Expired(f"{title} changes its {what} faster than they can be read")
        if response.status == 409:
            return Conflict(f"{title} refused: {response.why() or f'{what} was changed in between'}")
        if _is_status(response):
            return NotFound(f"{title} refused: {response.why()}")
        return NotServed(str(refusal(response, path, self._api.line.now())))


def _meant(method: str, path: str) -> tuple[str, str]:
    """The right that a request needs, as roles name it: ("list", "deployments.apps")."""
    parts = path.strip("/").split("/")
    group, rest = ("", parts[2:]) if parts[0] == "api" else (parts[1] if len(parts) > 1 else "", parts[3:])
    inside = rest[1] if rest[:1] == ["namespaces"] and len(rest) > 2 else ""
    rest = rest[2:] if inside else rest
    plural = rest[0] if rest else ""
    part = f"/{rest[2]}" if len(rest) > 2 else ""
    verb = "list" if method == "GET" and len(rest) == 1 else _VERBS.get(method, method.lower())
    what = f"{plural}.{group}{part}" if group else f"{plural}{part}"
    return verb, f"{what} in {inside}" if inside else what


def _is_status(response: Response) -> bool:
    """Whether the server says that this one thing is not there, and not that it does not know the address."""
    if not response.is_json:
        return False
    try:
        found = response.json()
    except Refused:
        return False
    return (
        isinstance(found, dict)
        and (found.get("kind"), found.get("reason")) == ("Status", "NotFound")
        and isinstance(found.get("details"), dict)
        and bool(found["details"].get("name"))
    )


class _Pages(msgspec.Struct):
    more: str | None = msgspec.field(name="continue", default=None)


class _Page(msgspec.Struct):
    """What every answer holds, as far as it must be right; the rest is skipped over, not read."""

    kind: str = ""
    metadata: _Pages | None = None
    items: msgspec.Raw = msgspec.Raw()


def _checked(response: Response, *, listed: bool) -> bytes:
    """The body, once it is what it should be; what the library would fall over is taken out."""
    body = response.body
    plain = response.is_json and not response.is_web_page and not any(mark in body for mark in _ODD)
    try:
        head = msgspec.json.decode(body if plain else json.dumps(response.json()).encode(), type=_Page)
    except msgspec.MsgspecError:
        response.json()  # raises, when it is no JSON at all
        raise Refused(f"{response.wording.title} answered in a form we do not know") from None
    items = bytes(head.items)
    if listed and (not items or not (head.kind or "List").endswith("List")):
        raise Refused(f"{response.wording.title} answered in a form we do not know (it is no list)")
    if plain and items != b"null":
        return body
    found = response.json()
    return json.dumps({**found, "items": []} if items == b"null" else found).encode()


def _log_warnings(response: Response, what: str) -> None:
    given = response.headers.get("warning", "")
    if given:
        log.warning("kubernetes warns", of=shown(what), warning=shown(given))


@contextmanager
def _read(kind: Kind) -> Iterator[None]:
    try:
        yield
    except msgspec.MsgspecError:
        raise Refused(f"Kubernetes answered with {kind.plural} in a form we do not know") from None


@cache
def _resource(kind: Kind, part: str = "") -> type[Any]:
    """The library's class for a kind or a part of it (`status`, `scale`)."""
    own = ResourceDef(kind.group, kind.version, kind.name)
    info = ApiInfo(
        resource=own,
        parent=own if part else None,
        plural=kind.plural,
        verbs=["get", "list", "global_list", "patch", "post"],
        action=part or None,
    )
    return type(kind.name, (NamespacedResourceG if kind.namespaced else GlobalResource, Generic), {"_api_info": info})
