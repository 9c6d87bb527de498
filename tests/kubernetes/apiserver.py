"""A Kubernetes API server in memory, as strict as a real one; it answers requests of the contract suite's small server.

Everything that a client may rely on is here, and nothing that a real server refuses: bearer tokens, rights, paging with
tokens that expire, kinds that are not installed, selectors, the ways to patch, the parts `status` and `scale`.
"""

import base64
import copy
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from tests.integrations.contract.server import Canned, Request, said, told
from tests.kubernetes import patches
from tests.kubernetes.selectors import Unsupported, by_fields, by_labels

TOKEN: Final = "kube-token-5c81f0a2"
USER: Final = "system:serviceaccount:ops:daywatch"
Thing = dict[str, Any]
"""An object as JSON. Any: whatever a kind has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A kind that the server knows. `fields` are what it can be selected by, beside name and namespace."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True
    fields: Collection[str] = ()
    parts: Collection[str] = ("status",)
    built_in: bool = True

    @property
    def key(self) -> str:
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def root(self) -> str:
        return f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"


_POD_FIELDS: Final = (
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.podIPs",
    "status.nominatedNodeName",
)
_EVENT_FIELDS: Final = (
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
)


def _core(plural: str, kind: str, **more: Any) -> Served:
    return Served(group="", version="v1", plural=plural, kind=kind, **more)


def _of(group: str, version: str, plural: str, kind: str, **more: Any) -> Served:
    return Served(group=group, version=version, plural=plural, kind=kind, **more)


_RBAC: Final = "rbac.authorization.k8s.io"
BUILT_IN: Final = (
    _core("nodes", "Node", namespaced=False, fields=("spec.unschedulable",)),
    _core("namespaces", "Namespace", namespaced=False, fields=("status.phase",)),
    _core("persistentvolumes", "PersistentVolume", namespaced=False),
    _core("pods", "Pod", fields=_POD_FIELDS),
    _core("persistentvolumeclaims", "PersistentVolumeClaim"),
    _core("events", "Event", fields=_EVENT_FIELDS, parts=()),
    _core("services", "Service"),
    _core("configmaps", "ConfigMap", parts=()),
    _core("secrets", "Secret", fields=("type",), parts=()),
    _core("serviceaccounts", "ServiceAccount", parts=()),
    _of("apps", "v1", "deployments", "Deployment", parts=("status", "scale")),
    _of("apps", "v1", "statefulsets", "StatefulSet", parts=("status", "scale")),
    _of("apps", "v1", "daemonsets", "DaemonSet"),
    _of("apps", "v1", "replicasets", "ReplicaSet", fields=("status.replicas",), parts=("status", "scale")),
    _of("apps", "v1", "controllerrevisions", "ControllerRevision", parts=()),
    _of("batch", "v1", "jobs", "Job", fields=("status.successful",)),
    _of("batch", "v1", "cronjobs", "CronJob"),
    _of("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler"),
    _of("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget"),
    _of(_RBAC, "v1", "clusterroles", "ClusterRole", namespaced=False, parts=()),
    _of(_RBAC, "v1", "clusterrolebindings", "ClusterRoleBinding", namespaced=False, parts=()),
    _of(_RBAC, "v1", "roles", "Role", parts=()),
    _of(_RBAC, "v1", "rolebindings", "RoleBinding", parts=()),
    _of("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", namespaced=False),
)
_LISTED: Final = {"limit", "continue", "labelSelector", "fieldSelector", "resourceVersion", "resourceVersionMatch"}
_CHANGED: Final = {"fieldManager", "dryRun", "fieldValidation", "force"}
_PATCHES: Final = {
    "application/merge-patch+json": patches.merged,
    "application/strategic-merge-patch+json": patches.strategic,
    "application/json-patch+json": patches.stepped,
}
_BARE: Final = ("g=meta.k8s.io", "v=v1")


class Refusal(Exception):
    """What the server says no with."""

    def __init__(self, code: int, reason: str, message: str, **details: Any) -> None:
        super().__init__(message)
        self.canned = status(code, reason, message, **details)


def status(code: int, reason: str, message: str, **details: Any) -> Canned:
    """A failure as a Kubernetes API server tells it."""
    body = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": reason,
        "details": details,
        "code": code,
    }
    return told(body, code)


NOT_SERVED: Final = said("404 page not found\n", 404)


@dataclass(slots=True, kw_only=True)
class Apiserver:
    """`rights` are pairs such as ("list", "pods") or ("patch", "deployments.apps/scale"); None allows everything."""

    token: str = TOKEN
    rights: Collection[tuple[str, str]] | None = None
    version: str = "v1.34.2"
    health: Mapping[str, bool] = field(default_factory=lambda: {"ping": True, "etcd": True, "shutdown": True})
    kinds: list[Served] = field(default_factory=lambda: list(BUILT_IN))
    objects: dict[str, dict[tuple[str, str], Thing]] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    page: int = 500
    """How much it gives at most, whatever is asked."""
    generation: int = 1
    """Tokens of an earlier one have expired."""
    warnings: dict[str, str] = field(default_factory=dict)
    """By the key of a kind."""
    faults: list[tuple[str, Canned, int]] = field(default_factory=list)
    """(request line, answer, how often it still comes)"""
    _clock: int = 90_000

    def install(self, group: str, version: str, plural: str, kind: str, **more: Any) -> "Apiserver":
        """A kind of somebody's own (CRD). It can be selected by name and namespace alone."""
        self.kinds.append(Served(group=group, version=version, plural=plural, kind=kind, built_in=False, **more))
        return self

    def put(self, key: str, *things: Thing) -> "Apiserver":
        """Things of a kind, by `plural.group`. What every object has is filled in."""
        kind = self.kind(key)
        for one in things:
            self._store(kind, one)
        return self

    def kind(self, key: str) -> Served:
        return next(one for one in self.kinds if one.key == key)

    def thing(self, key: str, name: str, namespace: str = "") -> Thing:
        return self.objects[key][namespace, name]

    def fail(self, line: str, answer: Canned, times: int = 1) -> None:
        """The next requests to a line are answered so."""
        self.faults.append((line, answer, times))

    def expire(self) -> None:
        """All tokens of pages given so far are too old."""
        self.generation += 1

    def lists(self) -> Mapping[str, Canned]:
        """What each list of a kind answers, unpaged, by request line: for scripts that tell single ones otherwise."""
        return {f"GET {one.root}/{one.plural}": self._listing(one, self._all(one)) for one in self.kinds}

    def answer(self, request: Request) -> Canned:
        self.requests.append(request)
        for index, (line, canned, times) in enumerate(self.faults):
            if line == request.line and times > 0:
                self.faults[index] = (line, canned, times - 1)
                return canned
        try:
            return self._answered(request)
        except Refusal as refusal:
            return refusal.canned

    def _answered(self, request: Request) -> Canned:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            raise Refusal(401, "Unauthorized", "Unauthorized")
        beside = self._beside(request)
        if beside is not None:
            return beside
        parts = request.path.strip("/").split("/")
        root, rest = (parts[:2], parts[2:]) if parts[0] == "api" else (parts[:3], parts[3:])
        namespace = rest[1] if len(rest) > 2 and rest[0] == "namespaces" else ""
        rest = rest[2:] if namespace else rest
        found = next(
            (one for one in self.kinds if one.root == "/" + "/".join(root) and rest and one.plural == rest[0]), None
        )
        if found is None or len(rest) > 3 or (namespace and not found.namespaced):
            if request.method == "GET" and len(root) == 3 and rest:  # rights come first, also for what is not there
                absent = Served(group=root[1], version=root[2], plural=rest[0], kind="")
                self._allow("get" if rest[1:] else "list", absent, "", namespace)
            return NOT_SERVED
        answer = self._of_kind(request, found, namespace, rest[1:])
        warning = self.warnings.get(found.key)
        return replace(answer, headers={**answer.headers, "warning": f'299 - "{warning}"'}) if warning else answer

    def _of_kind(self, request: Request, kind: Served, namespace: str, rest: list[str]) -> Canned:
        verb = {"GET": "get" if rest else "list", "PATCH": "patch", "POST": "create"}.get(request.method)
        if verb is None or (verb == "patch" and not rest) or (verb == "create" and rest):
            raise Refusal(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
        part = rest[1] if len(rest) > 1 else ""
        if part and part not in kind.parts:
            return NOT_SERVED
        self._allow(verb, kind, part, namespace)
        if verb == "list":
            return self._list(request, kind, namespace)
        if verb == "create":
            return self._create(request, kind, namespace)
        if kind.namespaced and not namespace:
            return NOT_SERVED
        thing = self.objects.get(kind.key, {}).get((namespace, rest[0]))
        if thing is None:
            message = f'{kind.key} "{rest[0]}" not found'
            raise Refusal(404, "NotFound", message, name=rest[0], group=kind.group, kind=kind.plural)
        if verb == "get":
            _only(request, {"resourceVersion"})
            return told(self._scale(kind, thing) if part == "scale" else _whole(kind, thing))
        return self._patch(request, kind, thing, part)

    def _beside(self, request: Request) -> Canned | None:
        """Discovery, health and version: what is no object."""
        match request.path.strip("/").split("/"):
            case ["version"]:
                major, minor = self.version.removeprefix("v").split(".")[:2]
                return told({"major": major, "minor": minor, "gitVersion": self.version, "platform": "linux/amd64"})
            case ["readyz" | "livez" as page]:
                return self._health(page, verbose="verbose" in request.query)
            case parts:
                return self._discovered(parts)

    def _discovered(self, parts: list[str]) -> Canned | None:
        groups = {one.group for one in self.kinds if one.group}
        match parts:
            case ["api"]:
                return told({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []})
            case ["apis"]:
                found = [self._group(group) for group in sorted(groups)]
                return told({"kind": "APIGroupList", "apiVersion": "v1", "groups": found})
            case ["apis", group]:
                return (
                    told({"kind": "APIGroup", "apiVersion": "v1", **self._group(group)})
                    if group in groups
                    else NOT_SERVED
                )
            case ["api", version]:
                return self._resources("", version)
            case ["apis", group, version]:
                return self._resources(group, version)
            case _:
                return None

    def _health(self, page: str, *, verbose: bool) -> Canned:
        well = all(self.health.values())
        lines = [
            f"[+]{name} ok" if good else f"[-]{name} failed: reason withheld" for name, good in self.health.items()
        ]
        end = f"{page} check passed" if well else f"{page} check failed"
        return said("\n".join([*lines, end]) + "\n" if verbose or not well else "ok", 200 if well else 500)

    def _group(self, group: str) -> Thing:
        versions = [
            {"groupVersion": f"{group}/{version}", "version": version}
            for version in dict.fromkeys(one.version for one in self.kinds if one.group == group)
        ]
        return {"name": group, "versions": versions, "preferredVersion": versions[0]}

    def _resources(self, group: str, version: str) -> Canned:
        found = [one for one in self.kinds if (one.group, one.version) == (group, version)]
        if not found:
            return NOT_SERVED
        names = [(one, suffix) for one in found for suffix in ("", *(f"/{part}" for part in one.parts))]
        resources = [
            {
                "name": one.plural + suffix,
                "singularName": "",
                "namespaced": one.namespaced,
                "kind": one.kind,
                "verbs": ["get", "list", "patch"] if not suffix else ["get", "patch"],
            }
            for one, suffix in names
        ]
        return told(
            {
                "kind": "APIResourceList",
                "apiVersion": "v1",
                "groupVersion": found[0].api_version,
                "resources": resources,
            }
        )

    def _allow(self, verb: str, kind: Served, part: str, namespace: str) -> None:
        named = f"{kind.key}/{part}" if part else kind.key
        if self.rights is None or (verb, named) in self.rights:
            return
        where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
        resource = f"{kind.plural}/{part}" if part else kind.plural
        cannot = f'cannot {verb} resource "{resource}" in API group "{kind.group}" {where}'
        message = f'{named} is forbidden: User "{USER}" {cannot}'
        raise Refusal(403, "Forbidden", message, group=kind.group, kind=kind.plural)

    def _list(self, request: Request, kind: Served, namespace: str) -> Canned:
        _only(request, _LISTED)
        query = {name: values[0] for name, values in request.query.items()}
        try:
            found = [
                one
                for one in self._all(kind)
                if (not namespace or one["metadata"]["namespace"] == namespace)
                and (
                    "labelSelector" not in query or by_labels(one["metadata"].get("labels", {}), query["labelSelector"])
                )
                and ("fieldSelector" not in query or by_fields(one, query["fieldSelector"], kind.fields))
            ]
            # A selector is judged also where there is nothing to select from.
            by_fields({}, query.get("fieldSelector", "metadata.name=x"), kind.fields)
        except Unsupported as error:
            raise Refusal(400, "BadRequest", str(error)) from error
        begin = self._begin(query.get("continue"))
        size = min(int(query.get("limit") or len(found) or 1), self.page)
        more = begin + size < len(found)
        bare = all(part in request.headers.get("accept", "") for part in _BARE)
        return self._listing(
            kind, found[begin : begin + size], token=self._token(begin + size) if more else "", bare=bare
        )

    def _begin(self, token: str | None) -> int:
        if token is None:
            return 0
        try:
            generation, begin = json.loads(base64.urlsafe_b64decode(token))
        except ValueError as error:
            raise Refusal(400, "BadRequest", "continue key is not valid") from error
        if generation != self.generation:
            message = "The provided continue parameter is too old to display a consistent list result."
            raise Refusal(410, "Expired", message)
        return int(begin)

    def _token(self, begin: int) -> str:
        return base64.urlsafe_b64encode(json.dumps([self.generation, begin]).encode()).decode()

    def _listing(self, kind: Served, found: Iterable[Thing], *, token: str = "", bare: bool = False) -> Canned:
        metadata = {"resourceVersion": str(self._clock), **({"continue": token} if token else {})}
        if bare:
            items = [
                {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": one["metadata"]}
                for one in found
            ]
            head = {"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1"}
            return told({**head, "metadata": metadata, "items": items})
        # The items of built-in kinds do not say what they are.
        items = [one if kind.built_in else _whole(kind, one) for one in found]
        return told({"kind": f"{kind.kind}List", "apiVersion": kind.api_version, "metadata": metadata, "items": items})

    def _create(self, request: Request, kind: Served, namespace: str) -> Canned:
        _only(request, _CHANGED)
        if request.headers.get("content-type") != "application/json":
            raise Refusal(415, "UnsupportedMediaType", "the body of the request was in an unknown format")
        given = json.loads(request.body)
        if (given.get("kind"), given.get("apiVersion")) != (kind.kind, kind.api_version):
            raise Refusal(400, "BadRequest", "the object provided is unrecognized")
        metadata = given.get("metadata", {})
        if metadata.get("namespace", namespace) != namespace:
            raise Refusal(400, "BadRequest", "the namespace of the object does not match the namespace on the request")
        if not metadata.get("name") and metadata.get("generateName"):
            metadata["name"] = f"{metadata['generateName']}x{self._clock}"
        if not metadata.get("name"):
            raise Refusal(422, "Invalid", f'{kind.kind}.{kind.group} "" is invalid: metadata.name: Required value')
        if (namespace, metadata["name"]) in self.objects.get(kind.key, {}):
            raise Refusal(
                409, "AlreadyExists", f'{kind.key} "{metadata["name"]}" already exists', name=metadata["name"]
            )
        made = {**given, "metadata": {**metadata, **({"namespace": namespace} if namespace else {})}}
        return told(_whole(kind, self._store(kind, made, dry="dryRun" in request.query)), 201)

    def _patch(self, request: Request, kind: Served, thing: Thing, part: str) -> Canned:
        _only(request, _CHANGED)
        how = request.headers.get("content-type", "")
        if how not in _PATCHES or (how.startswith("application/strategic") and not kind.built_in):
            known = ", ".join(_PATCHES)
            message = f"the body of the request was in an unknown format - accepted media types include: {known}"
            raise Refusal(415, "UnsupportedMediaType", message)
        body = json.loads(request.body)
        wanted = body.get("metadata", {}).get("resourceVersion") if isinstance(body, dict) else None
        name = thing["metadata"]["name"]
        if wanted is not None and wanted != thing["metadata"]["resourceVersion"]:
            message = f'Operation cannot be fulfilled on {kind.key} "{name}": the object has been modified'
            raise Refusal(409, "Conflict", message, name=name, group=kind.group, kind=kind.plural)
        before = self._scale(kind, thing) if part == "scale" else thing
        try:
            after = _PATCHES[how](before, body)
        except (patches.Unfit, KeyError, TypeError) as error:
            raise Refusal(422, "Invalid", f"{kind.kind} {name!r} is invalid: {error}", name=name) from error
        made = self._changed(kind, thing, after, part)
        if "dryRun" not in request.query:
            self._store(kind, made)
        return told(self._scale(kind, made) if part == "scale" else _whole(kind, made))

    def _changed(self, kind: Served, before: Thing, after: Thing, part: str) -> Thing:
        """What of a patch comes through: a part changes nothing but itself, the whole never the status."""
        made = copy.deepcopy(before)
        if part == "scale":
            made["spec"]["replicas"] = after["spec"].get("replicas", 0)
        elif part == "status":
            made["status"] = after.get("status", {})
        else:
            made = copy.deepcopy(after)
            if "status" in kind.parts:
                made.pop("status", None)
                made.update({"status": before["status"]} if "status" in before else {})
        if made.get("spec") != before.get("spec"):
            made["metadata"]["generation"] = made["metadata"].get("generation", 1) + 1
        return made

    def _store(self, kind: Served, given: Thing, *, dry: bool = False) -> Thing:
        self._clock += 1
        namespace = {"namespace": "default"} if kind.namespaced else {}
        metadata = {
            "uid": f"uid-{self._clock}",
            "creationTimestamp": "2026-03-01T00:00:00Z",
            **namespace,
            **given["metadata"],
            "resourceVersion": str(self._clock),
        }
        made = {name: value for name, value in given.items() if name not in ("kind", "apiVersion")}
        made["metadata"] = metadata
        if not dry:
            self.objects.setdefault(kind.key, {})[metadata.get("namespace", ""), metadata["name"]] = made
        return made

    def _all(self, kind: Served) -> list[Thing]:
        return [one for _, one in sorted(self.objects.get(kind.key, {}).items())]

    def _scale(self, kind: Served, thing: Thing) -> Thing:
        return {
            "kind": "Scale",
            "apiVersion": "autoscaling/v1",
            "metadata": {name: thing["metadata"].get(name) for name in ("name", "namespace", "uid", "resourceVersion")},
            "spec": {"replicas": thing.get("spec", {}).get("replicas", 1)},
        }


def _whole(kind: Served, thing: Thing) -> Thing:
    return {"kind": kind.kind, "apiVersion": kind.api_version, **thing}


def _only(request: Request, known: Collection[str]) -> None:
    """A real server overlooks a parameter that it does not know; here it is a misspelt one."""
    strange = set(request.query) - set(known)
    if strange:
        raise Refusal(400, "BadRequest", f"unknown parameters: {sorted(strange)}")
