"""How a Kubernetes cluster is reached: its address, whom to trust and how to log in, from kubeconfig or the pod."""

import base64
import binascii
import json
import os
import ssl
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.domain.errors import Refused
from bot.integrations.foreign import shown

T = TypeVar("T", bound=BaseModel)
SERVICE_ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_HOME: Final = "~/.kube/config"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whose certificate is believed, and the one that we show. Called, it gives what a connection is made with."""

    authority: str = ""
    """Path of a file."""
    authority_text: str = field(default="", repr=False)
    certificate: bytes = field(default=b"", repr=False)
    key: bytes = field(default=b"", repr=False)
    unverified: bool = False

    def __call__(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.authority or None, cadata=self.authority_text or None)
        if self.unverified:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if self.certificate:
            with (
                tempfile.NamedTemporaryFile() as file
            ):  # the library reads a key from files only; this one is ours alone
                file.write(self.certificate + b"\n" + self.key)
                file.flush()
                context.load_cert_chain(file.name)
        return context


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """A program that gives a token. `source` is the file that names it."""

    source: Path
    command: str
    arguments: Sequence[str] = ()
    variables: Sequence[tuple[str, str]] = field(default=(), repr=False)
    version: str
    told: str = field(default="", repr=False)
    """What it is told of the cluster, as JSON."""
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """`renew` names the credential in error texts."""

    server: str
    trust: Trust = Trust()
    token: str = field(default="", repr=False)
    token_file: Path | None = None
    plugin: Plugin | None = None
    login: tuple[str, str] | None = field(default=None, repr=False)
    renew: str


class _Shape(BaseModel):
    model_config = ConfigDict(populate_by_name=True, alias_generator=lambda name: name.replace("_", "-"))


class _Variable(BaseModel):
    name: str
    value: str


class _Exec(BaseModel):
    version: str = Field("", alias="apiVersion")
    command: str
    args: Sequence[str] | None = None
    env: Sequence[_Variable] | None = None
    hint: str = Field("", alias="installHint")
    told_of_cluster: bool = Field(False, alias="provideClusterInfo")


class _User(_Shape):
    token: str = Field("", repr=False)
    token_file: str = Field("", alias="tokenFile")
    client_certificate: str = ""
    client_certificate_data: str = ""
    client_key: str = ""
    client_key_data: str = Field("", repr=False)
    exec: _Exec | None = None
    username: str = ""
    password: str = Field("", repr=False)
    auth_provider: Mapping[str, Any] | None = None


class _Cluster(_Shape):
    server: str
    certificate_authority: str = ""
    certificate_authority_data: str = ""
    insecure_skip_tls_verify: bool = False
    tls_server_name: str = ""
    proxy_url: str = ""


class _Context(_Shape):
    cluster: str
    user: str = ""


class _Usual(BaseSettings):
    """What an entry under `systems:` does not say itself is as for `kubectl`."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore")
    kubeconfig: str = ""


@dataclass(frozen=True, slots=True)
class _Named:
    """An entry of a kubeconfig, and the file it stands in: its paths are relative to that."""

    file: Path
    given: Any

    def read(self, kind: type[T], what: str) -> T:
        try:
            return kind.model_validate(self.given)
        except ValidationError as error:
            where = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
            raise Refused(f"KUBECONFIG: {what} in {self.file} is not as it should be ({shown(where)})") from None

    def path(self, given: str) -> Path:
        return self.file.parent / Path(given).expanduser()


def of_kubeconfig(files: str, context: str) -> Access:
    """The way to a context's cluster, the current one's where none is named. Reads files."""
    entries, current = _merged(files or _Usual().kubeconfig or _HOME)
    name = context or current
    if not name:
        raise Refused("KUBECONFIG has no current context. Name one in KUBE_CONTEXTS.")
    found = _entry(entries, "contexts", name).read(_Context, f"the context {shown(name)}")
    place = _entry(entries, "clusters", found.cluster)
    cluster = place.read(_Cluster, f"the cluster {shown(found.cluster)}")
    who = _entry(entries, "users", found.user) if found.user else _Named(place.file, {})
    user = who.read(_User, f"the user {shown(found.user)}")
    _refuse_what_we_cannot(cluster, user, shown(name))
    access = Access(
        server=cluster.server,
        trust=_trust(cluster, place, user, who),
        token="" if user.token_file else user.token,
        token_file=who.path(user.token_file) if user.token_file else None,
        login=(user.username, user.password) if user.username else None,
        renew=f"the user of context {shown(name, limit=80)} (KUBE_CONTEXTS) in KUBECONFIG",
    )
    if user.exec is None or access.token or access.token_file:
        return access
    return replace(access, plugin=_plugin(user.exec, cluster, who.file))


def of_pod(account: Path = SERVICE_ACCOUNT) -> Access:
    """The cluster that we run in. The token is read where it is used: the kubelet renews it."""
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST", ""), os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    token = account / "token"
    if not host or not token.is_file():
        raise Refused("KUBE_IN_CLUSTER is set, but Daywatch does not run in a pod that has a service account's token.")
    authority = account / "ca.crt"
    return Access(
        server=f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}",
        trust=Trust(authority=str(authority)) if authority.is_file() else Trust(),
        token_file=token,
        renew="the service account of its pod (KUBE_IN_CLUSTER)",
    )


def _merged(files: str) -> tuple[Mapping[tuple[str, str], _Named], str]:
    """Every entry by section and name; of several with one name the first file's counts, as for `kubectl`."""
    entries: dict[tuple[str, str], _Named] = {}
    current = ""
    paths = [Path(one).expanduser() for one in files.split(os.pathsep) if one.strip()]
    there = [path for path in paths if path.exists()]
    if not there:
        raise Refused(f"KUBECONFIG: there is no file {shown(files)}")
    for path in there:
        read = _read(path)
        current = current or str(read.get("current-context") or "")
        for section, word in (("contexts", "context"), ("clusters", "cluster"), ("users", "user")):
            for one in read.get(section) or ():
                if isinstance(one, Mapping) and isinstance(one.get("name"), str):
                    entries.setdefault((section, one["name"]), _Named(path.absolute(), one.get(word) or {}))
    return entries, current


def _read(path: Path) -> Mapping[str, Any]:
    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Refused(f"KUBECONFIG: {path} cannot be read ({error.strerror})") from error
    except (yaml.YAMLError, UnicodeDecodeError):
        raise Refused(f"KUBECONFIG: {path} is not YAML") from None  # the original quotes what may be a secret
    if not isinstance(read, Mapping):
        raise Refused(f"KUBECONFIG: {path} is not a kubeconfig")
    return read


def _entry(entries: Mapping[tuple[str, str], _Named], section: str, name: str) -> _Named:
    found = entries.get((section, name))
    if found is None:
        there = ", ".join(sorted(shown(known, limit=40) for kind, known in entries if kind == section)[:8]) or "none"
        raise Refused(f"KUBECONFIG has no {section.removesuffix('s')} {shown(name, limit=80)}. There are: {there}.")
    return found


def _refuse_what_we_cannot(cluster: _Cluster, user: _User, name: str) -> None:
    """Better said than done differently."""
    unknown = [
        word
        for word, given in (
            ("tls-server-name", cluster.tls_server_name),
            ("proxy-url", cluster.proxy_url),
            ("auth-provider", user.auth_provider),
        )
        if given
    ]
    if unknown:
        raise Refused(f"KUBECONFIG: context {name} uses {unknown[0]}, which Daywatch does not support")
    if not _safe(cluster.server):
        raise Refused(f"KUBECONFIG: context {name} has a server without https, which shows everything to the network")


def _safe(server: str) -> bool:
    scheme, _, rest = server.strip().partition("://")
    host = rest.partition("/")[0].rpartition("@")[2]
    bare = host.partition("]")[0].removeprefix("[") if host.startswith("[") else host.partition(":")[0]
    if scheme.lower() == "https" or bare == "localhost":
        return True
    try:
        return ip_address(bare).is_loopback
    except ValueError:
        return False


def _trust(cluster: _Cluster, place: _Named, user: _User, who: _Named) -> Trust:
    authority = cluster.certificate_authority if not cluster.certificate_authority_data else ""
    return Trust(
        authority=str(place.path(authority)) if authority else "",
        authority_text=_decoded(cluster.certificate_authority_data, "certificate-authority-data").decode("latin-1"),
        certificate=_content(user.client_certificate_data, user.client_certificate, "client-certificate", who),
        key=_content(user.client_key_data, user.client_key, "client-key", who),
        unverified=cluster.insecure_skip_tls_verify,
    )


def _content(text: str, path: str, word: str, who: _Named) -> bytes:
    if text or not path:
        return _decoded(text, f"{word}-data")
    try:
        return who.path(path).read_bytes()
    except OSError as error:
        raise Refused(f"KUBECONFIG: the file of {word}, {who.path(path)}, cannot be read ({error.strerror})") from error


def _decoded(text: str, word: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Refused(f"KUBECONFIG: {word} is not base64") from None


def _plugin(given: _Exec, cluster: _Cluster, file: Path) -> Plugin:
    command = given.command if "/" not in given.command else str(file.parent / given.command)
    info: dict[str, Any] = {"interactive": False}
    if given.told_of_cluster:
        about: dict[str, Any] = {"server": cluster.server}
        if cluster.certificate_authority_data:
            about["certificate-authority-data"] = cluster.certificate_authority_data
        info["cluster"] = about
    told = json.dumps({"apiVersion": given.version, "kind": "ExecCredential", "spec": info})
    return Plugin(
        source=file,
        command=command,
        arguments=tuple(given.args or ()),
        variables=tuple((one.name, one.value) for one in given.env or ()),
        version=given.version,
        told=told,
        hint=shown(given.hint, limit=120),
    )
