"""A cluster as the systems in it ask it: to the end of each list, by rights, with credentials that are renewed."""

import asyncio
import os
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.domain.errors import (
    Conflict,
    NotAuthorised,
    NotFound,
    NotInstalled,
    RateLimited,
    Refused,
    Unavailable,
    VendorError,
)
from bot.integrations import Wiring
from bot.integrations.aside import Aside
from bot.integrations.cluster import Cluster, Patch, clusters
from bot.integrations.cluster_access import Access, Trust, of_kubeconfig, of_pod
from bot.integrations.cluster_credential import TokenFile
from bot.integrations.cluster_settings import ClusterSettings
from bot.integrations.cluster_shapes import Kind, Thing
from bot.integrations.http import Outside
from tests.integrations.contract.server import Answering, Request, said, serving, told
from tests.integrations.moment import still
from tests.kubernetes.apiserver import TOKEN, Apiserver, status
from tests.kubernetes.config import kubeconfig, written

PODS = Kind("", "v1", "Pod", "pods")
DEPLOYMENTS = Kind("apps", "v1", "Deployment", "deployments")
ROLLOUTS = Kind("argoproj.io", "v1alpha1", "Rollout", "rollouts")
LIST = "GET /api/v1/pods"


def pod(name: str, namespace: str = "shop", **labels: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": namespace, "labels": labels}, "status": {"phase": "Running"}}


def deployment(name: str = "web") -> dict[str, Any]:
    containers = [{"name": "web", "image": "r/x:1"}, {"name": "proxy", "image": "r/p:1"}]
    return {
        "metadata": {"name": name, "namespace": "shop", "generation": 3},
        "spec": {"replicas": 2, "template": {"spec": {"containers": containers}}},
        "status": {"observedGeneration": 3},
    }


@asynccontextmanager
async def asking(
    answer: Answering, *, named: bool = False, read: Callable[[str], Access] | None = None
) -> AsyncIterator[Cluster]:
    outside = Outside(now=still)
    async with serving(answer) as address:
        settings = ClusterSettings(kubeconfig=kubeconfig(address))
        (cluster,) = clusters(settings, Wiring(outside=outside), named=named)
        if read is not None:
            cluster.read = lambda: read(address)
        try:
            yield cluster
        finally:
            await cluster.aclose()
            await outside.aclose()


async def names(cluster: Cluster, **how: Any) -> list[str]:
    return [one.metadata.name for one in await cluster.list(PODS, Thing, **how)]


async def test_a_list_is_followed_to_its_end() -> None:
    server = Apiserver(page=2).put("pods", *(pod(f"web-{number}") for number in range(5)))
    async with asking(server.answer) as cluster:
        assert await names(cluster) == [f"web-{number}" for number in range(5)]
    assert [(one.query["limit"], "continue" in one.query) for one in server.requests] == [
        (["500"], False),
        (["500"], True),
        (["500"], True),
    ]


async def test_a_list_that_expired_while_it_was_read_is_begun_again() -> None:
    server = Apiserver(page=2).put("pods", *(pod(f"web-{number}") for number in range(3)))
    expired = 0

    def answer(request: Request) -> Any:
        nonlocal expired
        if "continue" in request.query and not expired:
            expired += 1
            server.expire()
        return server.answer(request)

    async with asking(answer) as cluster:
        assert await names(cluster) == ["web-0", "web-1", "web-2"]
    assert len(server.requests) == 4


async def test_a_list_that_always_expires_is_not_judged_by_its_beginning() -> None:
    server = Apiserver(page=1).put("pods", pod("a"), pod("b"))

    def answer(request: Request) -> Any:
        if "continue" in request.query:
            server.expire()
        return server.answer(request)

    async with asking(answer) as cluster:
        with pytest.raises(Unavailable, match="faster than they can be read"):
            await names(cluster)


async def test_a_list_whose_pages_expire_again_and_again_is_read_in_one() -> None:
    server = Apiserver(page=1_000).put("pods", *(pod(f"web-{number}") for number in range(501)))

    def answer(request: Request) -> Any:
        if "continue" in request.query:
            server.expire()
        return server.answer(request)

    async with asking(answer) as cluster:
        assert len(await names(cluster)) == 501
    assert ["limit" in one.query for one in server.requests] == [True, True, True, True, False]


async def test_a_second_page_that_fails_fails_the_whole() -> None:
    server = Apiserver(page=1).put("pods", pod("a"), pod("b"))

    def answer(request: Request) -> Any:
        return status(500, "InternalError", "etcd is gone") if "continue" in request.query else server.answer(request)

    async with asking(answer) as cluster:
        with pytest.raises(Unavailable, match="etcd is gone"):
            await names(cluster)


@pytest.mark.parametrize(("limit", "items"), [("MOST_PAGES", []), ("MOST_THINGS", [pod("a"), pod("b")])])
async def test_a_list_without_end_is_given_up(limit: str, items: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"bot.integrations.cluster_calls.{limit}", 3)
    endless = told({"kind": "PodList", "metadata": {"continue": "more"}, "items": items})
    async with asking(lambda _request: endless) as cluster:
        with pytest.raises(Refused, match="not all were read"):
            await names(cluster)


async def test_selectors_namespaces_and_bare_lists_are_asked_as_the_server_wants_them() -> None:
    server = Apiserver().put("pods", pod("web", app="web"), pod("db", app="db"), pod("other", "lab", app="web"))
    async with asking(server.answer) as cluster:
        assert await names(cluster, labels="app in (web)", namespace="shop") == ["web"]
        assert await names(cluster, fields="status.phase!=Running,metadata.namespace=shop") == []
        assert await names(cluster, bare=True) == ["other", "db", "web"]
        with pytest.raises(Refused, match=r"field label not supported: spec\.colour"):
            await names(cluster, fields="spec.colour=red")
    assert "PartialObjectMetadataList" in server.requests[2].headers["accept"]


async def test_a_list_of_nothing_may_be_null_and_is_still_a_list() -> None:
    async with asking(lambda _request: told({"kind": "PodList", "apiVersion": "v1", "items": None})) as cluster:
        assert await names(cluster) == []


@pytest.mark.parametrize(
    "body",
    [{}, {"kind": "Status", "items": []}, {"items": [{"metadata": {}}]}, {"items": 5}, {"items": [3]}, [], {"kind": 3}],
)
async def test_what_is_no_list_is_refused(body: object) -> None:
    async with asking(lambda _request: told(body)) as cluster:
        with pytest.raises(Refused, match="in a form we do not know"):
            await names(cluster)


async def test_a_missing_right_is_named_as_roles_name_it() -> None:
    server = Apiserver(rights={("get", "pods")}).put("deployments.apps", deployment())
    async with asking(server.answer) as cluster:
        with pytest.raises(NotAuthorised, match=r"Give it the right to list pods\."):
            await names(cluster)
        with pytest.raises(NotAuthorised, match=r"Give it the right to list pods in shop\."):
            await names(cluster, namespace="shop")
        with pytest.raises(NotAuthorised, match=r"right to patch deployments\.apps/scale in shop\."):
            await cluster.patch(DEPLOYMENTS, "web", {"spec": {}}, Patch.MERGE, namespace="shop", part="scale")
        with pytest.raises(NotAuthorised, match=r"right to create pods in shop\."):
            await cluster.create(PODS, {"metadata": {"generateName": "x-"}}, Thing, namespace="shop")


async def test_a_refused_token_names_the_context() -> None:
    async with asking(Apiserver(token="another").answer) as cluster:
        with pytest.raises(NotAuthorised, match=r"Renew the user of context test \(KUBE_CONTEXTS\) in KUBECONFIG"):
            await names(cluster)


async def test_a_kind_that_is_not_installed_is_told_apart_from_one_that_cannot_be_read() -> None:
    server = Apiserver()
    async with asking(server.answer) as cluster:
        with pytest.raises(NotInstalled, match=r"has no rollouts\.argoproj\.io installed"):
            await cluster.list(ROLLOUTS, Thing)
        server.install("argoproj.io", "v1alpha1", "applications", "Application")
        with pytest.raises(NotInstalled):
            await cluster.list(ROLLOUTS, Thing)
        server.install("argoproj.io", "v1alpha1", "rollouts", "Rollout")
        assert await cluster.list(ROLLOUTS, Thing) == []
        with pytest.raises(NotFound) as missing:
            await cluster.get(ROLLOUTS, Thing, "web", namespace="shop")
    assert not isinstance(missing.value, NotInstalled)


async def test_what_is_not_installed_is_so_also_for_who_has_no_right_to_it() -> None:
    server = Apiserver(rights={("list", "pods")})
    async with asking(server.answer) as cluster:
        with pytest.raises(NotInstalled):
            await cluster.list(ROLLOUTS, Thing)
        server.install("argoproj.io", "v1alpha1", "applications", "Application")
        with pytest.raises(NotInstalled):
            await cluster.list(ROLLOUTS, Thing)
        server.install("argoproj.io", "v1alpha1", "rollouts", "Rollout")
        with pytest.raises(NotAuthorised, match=r"list rollouts\.argoproj\.io"):
            await cluster.list(ROLLOUTS, Thing)
        server.fail("GET /apis", status(403, "Forbidden", "no"), times=2)
        with pytest.raises(NotAuthorised, match=r"list rollouts\.argoproj\.io"):
            await cluster.list(ROLLOUTS, Thing)


async def test_what_somebody_named_is_missed_when_it_is_not_installed() -> None:
    async with asking(Apiserver().answer, named=True) as cluster:
        with pytest.raises(NotFound, match="has no rollouts") as missing:
            await cluster.list(ROLLOUTS, Thing)
        with pytest.raises(NotFound):
            await cluster.served("argoproj.io", "v1alpha1")
    assert not isinstance(missing.value, NotInstalled)


async def test_a_kind_in_another_version_is_not_called_absent() -> None:
    server = Apiserver().install("argoproj.io", "v2", "rollouts", "Rollout")
    async with asking(server.answer) as cluster:
        with pytest.raises(Refused, match=r"serves argoproj\.io as v2, not as v1alpha1"):
            await cluster.list(ROLLOUTS, Thing)


@pytest.mark.parametrize(
    "page", [said("404 page not found\n", 404), told({}), told({"groups": 3}), said("<html>", 200)]
)
async def test_a_proxy_that_knows_no_address_does_not_hide_what_is_installed(page: Any) -> None:
    def answer(request: Request) -> Any:
        return page if request.path == "/apis" else said("404 page not found\n", 404)

    async with asking(answer) as cluster:
        with pytest.raises(VendorError) as refused:
            await cluster.list(ROLLOUTS, Thing)
    assert not isinstance(refused.value, NotInstalled)


async def test_what_is_installed_is_told_by_group() -> None:
    server = Apiserver().install("constraints.gatekeeper.sh", "v1beta1", "k8sowners", "K8sOwners", namespaced=False)
    async with asking(server.answer) as cluster:
        assert await cluster.versions("constraints.gatekeeper.sh") == ["v1beta1"]
        assert await cluster.versions("velero.io") == []
        found = await cluster.served("constraints.gatekeeper.sh", "v1beta1")
        assert next((one.name, one.kind, one.namespaced) for one in found) == ("k8sowners", "K8sOwners", False)
        with pytest.raises(NotInstalled):
            await cluster.served("velero.io", "v1")


async def test_each_way_to_patch_says_what_it_is() -> None:
    server = Apiserver().put("deployments.apps", deployment())
    image = {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "r/x:2"}]}}}}
    async with asking(server.answer) as cluster:
        await cluster.patch(DEPLOYMENTS, "web", image, Patch.STRATEGIC, namespace="shop")
        await cluster.patch(DEPLOYMENTS, "web", {"spec": {"replicas": 5}}, Patch.MERGE, namespace="shop", part="scale")
        await cluster.patch(
            DEPLOYMENTS, "web", [{"op": "add", "path": "/spec/paused", "value": True}], Patch.JSON, namespace="shop"
        )
        await cluster.patch(DEPLOYMENTS, "web", {"spec": None}, Patch.MERGE, namespace="shop", dry_run=True)
    spec = server.thing("deployments.apps", "web", "shop")["spec"]
    assert [one["image"] for one in spec["template"]["spec"]["containers"]] == ["r/x:2", "r/p:1"]
    assert (spec["replicas"], spec["paused"]) == (5, True)
    assert {tuple(one.query["fieldManager"]) for one in server.requests} == {("daywatch",)}


async def test_a_part_is_patched_at_its_own_address_and_what_changed_meanwhile_is_a_conflict() -> None:
    server = Apiserver().install("argoproj.io", "v1alpha1", "rollouts", "Rollout")
    server.put(
        "rollouts.argoproj.io", {"metadata": {"name": "web", "namespace": "shop"}, "spec": {}, "status": {"a": 1}}
    )
    abort = {"status": {"abort": True}}
    async with asking(server.answer) as cluster:
        await cluster.patch(ROLLOUTS, "web", abort, Patch.MERGE, namespace="shop")
        assert server.thing("rollouts.argoproj.io", "web", "shop")["status"] == {"a": 1}
        await cluster.patch(ROLLOUTS, "web", abort, Patch.MERGE, namespace="shop", part="status")
        assert server.thing("rollouts.argoproj.io", "web", "shop")["status"] == {"a": 1, "abort": True}
        with pytest.raises(Conflict, match="the object has been modified"):
            await cluster.patch(
                ROLLOUTS, "web", {"metadata": {"resourceVersion": "1"}, **abort}, Patch.MERGE, namespace="shop"
            )
        with pytest.raises(Refused, match="no strategic merge"):
            await cluster.patch(ROLLOUTS, "web", abort, Patch.STRATEGIC, namespace="shop")
        with pytest.raises(Refused, match="missing path"):
            await cluster.patch(ROLLOUTS, "web", [{"op": "remove", "path": "/spec/x"}], Patch.JSON, namespace="shop")


async def test_something_is_made_under_a_name_that_the_server_gives() -> None:
    server = Apiserver().install("velero.io", "v1", "backups", "Backup")
    async with asking(server.answer) as cluster:
        kind = Kind("velero.io", "v1", "Backup", "backups")
        made = await cluster.create(kind, {"metadata": {"generateName": "bot-"}, "spec": {}}, Thing, namespace="velero")
        assert made.metadata.name.startswith("bot-")
        with pytest.raises(Conflict, match="already exists"):
            await cluster.create(kind, {"metadata": {"name": made.metadata.name}}, Thing, namespace="velero")


async def test_a_foreign_name_stays_one_piece_of_the_address() -> None:
    server = Apiserver().put("pods", pod("web"))
    async with asking(server.answer) as cluster:
        for name in ("../secrets", "a?watch=1", "a/b", "%2e%2e"):
            with pytest.raises(Refused):
                await cluster.get(PODS, Thing, name, namespace="shop")
    assert all(one.path.startswith("/api/v1/namespaces/shop/pods/") for one in server.requests)


async def test_a_pause_is_waited_for_once_and_a_time_out_tried_again() -> None:
    server = Apiserver().put("pods", pod("web")).put("deployments.apps", deployment())
    busy = status(429, "TooManyRequests", "too many requests", retryAfterSeconds=0)
    busy = type(busy)(status=busy.status, body=busy.body, headers={**busy.headers, "retry-after": "0"})
    server.fail(LIST, busy)
    server.fail("PATCH /apis/apps/v1/namespaces/shop/deployments/web", busy)
    async with asking(server.answer) as cluster:
        assert await names(cluster) == ["web"]
        await cluster.patch(DEPLOYMENTS, "web", {"spec": {"replicas": 3}}, Patch.MERGE, namespace="shop")
        server.fail(LIST, status(504, "Timeout", "the request did not complete in time"))
        assert await names(cluster) == ["web"]
        server.fail(LIST, busy, times=2)
        with pytest.raises(RateLimited):
            await names(cluster)


async def test_a_warning_of_the_server_is_logged(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    server = Apiserver(warnings={"pods": "v1 Pod is deprecated in v9"})
    async with asking(server.answer) as cluster:
        assert await names(cluster) == []
    assert "v1 Pod is deprecated in v9" in capsys.readouterr().out + caplog.text


async def test_a_token_file_is_read_again_after_a_minute_and_when_it_is_refused(tmp_path: Path) -> None:
    file, server = tmp_path / "token", Apiserver()
    file.write_text("old\n")
    server.token = "old"
    seconds = 0.0
    tokens = TokenFile(file, Aside("Kubernetes", 5.0), lambda: seconds)
    assert await tokens.token() == "old"
    file.write_text("new\n")
    assert await tokens.token() == "old"
    seconds = 61.0
    assert await tokens.token() == "new"
    file.write_text("old\n")

    def read(address: str) -> Access:
        return of_kubeconfig(kubeconfig(address, tokenFile=str(file)), "")

    async with asking(server.answer, read=read) as cluster:
        assert await names(cluster) == []
        server.token = "newest-7a1b"
        with pytest.raises(NotAuthorised):
            await names(cluster)
        file.write_text("newest-7a1b\n")
        assert await names(cluster) == []
        server.fail(LIST, status(500, "InternalError", "no: newest-7a1b"))
        with pytest.raises(Unavailable) as told_:
            await names(cluster)
        assert "newest-7a1b" not in str(told_.value)
        file.unlink()
        server.token = "other"
        with pytest.raises(NotAuthorised, match="cannot be read"):
            await names(cluster)


async def test_a_token_that_was_renewed_in_kubeconfig_itself_is_taken_when_the_old_one_is_refused() -> None:
    server, token = Apiserver(), TOKEN

    def read(address: str) -> Access:
        return of_kubeconfig(kubeconfig(address, token=token), "")

    async with asking(server.answer, read=read) as cluster:
        assert await names(cluster) == []
        server.token = token = "renewed"
        assert await names(cluster) == []


def plugin(tmp_path: Path, script: str, **more: Any) -> dict[str, Any]:
    program = tmp_path / "get-token"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o700)
    given = {"apiVersion": "client.authentication.k8s.io/v1", "command": str(program), "args": ["x"], **more}
    return {"exec": given}


async def test_a_program_gives_the_token_and_is_asked_again_when_that_ends_or_is_refused(tmp_path: Path) -> None:
    counts = tmp_path / "count"
    script = (
        f'echo "$KUBERNETES_EXEC_INFO $1 $STAGE" >> {counts}\n'
        f'echo \'{{"kind":"ExecCredential","status":{{"token":"\'"t$(wc -l < {counts} | tr -d " ")"\'"}}}}\''
    )
    server = Apiserver(token="t1")
    user = plugin(tmp_path, script, env=[{"name": "STAGE", "value": "prod"}], provideClusterInfo=True)
    async with asking(server.answer, read=lambda address: of_kubeconfig(kubeconfig(address, **user), "")) as cluster:
        assert await names(cluster) == []
        assert await names(cluster) == []
        assert len(counts.read_text().splitlines()) == 1
        server.token = "t2"
        assert await asyncio.gather(*(names(cluster) for _ in range(4))) == [[]] * 4
        assert len(counts.read_text().splitlines()) == 2
    first = counts.read_text().splitlines()[0]
    assert first.endswith("x prod")
    assert '"cluster": {"server": "http://127.0.0.1' in first


async def test_the_program_gets_its_own_login_and_none_of_our_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_PROFILE", "SLACK_BOT_TOKEN", "DATABASE_URL", "JIRA_API_TOKEN", "github_token"):
        monkeypatch.setenv(name, "told")
    seen = tmp_path / "seen"
    script = f'env > {seen}\necho \'{{"kind":"ExecCredential","status":{{"token":"t1"}}}}\''
    user = plugin(tmp_path, script)
    read = lambda address: of_kubeconfig(kubeconfig(address, **user), "")  # noqa: E731 - as above
    async with asking(Apiserver(token="t1").answer, read=read) as cluster:
        assert await names(cluster) == []
    told = {line.partition("=")[0] for line in seen.read_text().splitlines() if line.endswith("=told")}
    assert told == {"AWS_PROFILE"}


@pytest.mark.parametrize(
    ("script", "more", "words"),
    [
        ("echo no right >&2; exit 3", {}, "failed: no right"),
        ("exit 3", {}, "failed: code 3"),
        ("echo '{}'", {}, "is no credential"),
        ("echo '{\"status\":{}}'", {}, "gave no token"),
        ('echo \'{"status":{"clientCertificateData":"x"}}\'', {}, "gave a certificate"),
        ("true", {"apiVersion": "client.authentication.k8s.io/v9"}, "is asked for client.authentication.k8s.io/v9"),
        ("true", {"command": "/nowhere/aws", "installHint": "Install it."}, "cannot be run. Install it."),
    ],
)
async def test_a_program_that_gives_no_token_says_so(
    tmp_path: Path, script: str, more: dict[str, Any], words: str
) -> None:
    user = plugin(tmp_path, script, **more)
    async with asking(
        Apiserver().answer, read=lambda address: of_kubeconfig(kubeconfig(address, **user), "")
    ) as cluster:
        with pytest.raises(NotAuthorised, match=words):
            await names(cluster)


async def test_no_program_is_run_for_a_kubeconfig_that_others_may_write(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    user = plugin(tmp_path, f"touch {ran}")
    async with asking(Apiserver().answer, read=lambda address: of_kubeconfig(loose(address, user), "")) as cluster:
        with pytest.raises(NotAuthorised, match="must belong to root or to Daywatch's own user"):
            await names(cluster)
    assert not ran.exists()


def loose(address: str, user: dict[str, Any]) -> str:
    path = kubeconfig(address, **user)
    Path(path).chmod(0o666)
    return path


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
async def test_no_program_is_run_for_somebody_elses_kubeconfig(tmp_path: Path) -> None:
    def read(address: str) -> Access:
        path = kubeconfig(address, **plugin(tmp_path, "echo '{}'"))
        os.chown(path, 12345, 12345)
        return of_kubeconfig(path, "")

    async with asking(Apiserver().answer, read=read) as cluster:
        with pytest.raises(NotAuthorised, match="must belong to root"):
            await names(cluster)


def test_of_several_files_the_first_counts_and_paths_are_relative_to_their_file(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "sub" / "two"
    two.parent.mkdir()
    (tmp_path / "sub" / "token").write_text("t")
    first = written({"a": "https://a.example.com"}, {"token": "first"})
    second = written({"a": "https://wrong.example.com", "b": "https://b.example.com:6443/k8s/c-1"}, {"token": "second"})
    second["users"] = [{"name": "bee", "user": {"tokenFile": "token", "token": "unused"}}]
    second["contexts"][1]["context"]["user"] = "bee"
    one.write_text(yaml.safe_dump(first))
    two.write_text(yaml.safe_dump(second))
    files = f"{one}:{tmp_path / 'missing'}:{two}"
    assert of_kubeconfig(files, "").server == "https://a.example.com"
    assert of_kubeconfig(files, "a").token == "first"
    found = of_kubeconfig(files, "b")
    assert (found.server, found.token, found.token_file) == (
        "https://b.example.com:6443/k8s/c-1",
        "",
        two.parent / "token",
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"clusters": [{"name": "c", "cluster": {"server": "http://10.0.0.1"}}]}, "without https"),
        ({"clusters": [{"name": "c", "cluster": {"server": "https://x", "tls-server-name": "y"}}]}, "tls-server-name"),
        ({"clusters": [{"name": "c", "cluster": {"server": "https://x", "proxy-url": "y"}}]}, "proxy-url"),
        ({"clusters": [{"name": "c", "cluster": {}}]}, r"the cluster c in .* \(server\)"),
        ({"clusters": []}, "has no cluster c. There are: none"),
        ({"users": [{"name": "daywatch", "user": {"auth-provider": {"name": "gcp"}}}]}, "auth-provider"),
        ({"users": [{"name": "daywatch", "user": {"client-certificate-data": "%"}}]}, "is not base64"),
        ({"users": [{"name": "daywatch", "user": {"client-key": "nowhere"}}]}, "client-key, .*cannot be read"),
        ({"users": None}, "has no user daywatch"),
        ({"current-context": None}, "Name one in KUBE_CONTEXTS"),
        ({"current-context": "z"}, "has no context z. There are: c"),
    ],
)
def test_a_kubeconfig_that_cannot_be_used_says_what_is_wrong(tmp_path: Path, change: Any, words: str) -> None:
    file = tmp_path / "config"
    file.write_text(yaml.safe_dump({**written({"c": "https://c.example.com"}, {"token": "hunter2"}), **change}))
    with pytest.raises(Refused, match=words) as refused:
        of_kubeconfig(str(file), "")
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "words"), [("{: [", "is not YAML"), ("- a", "is not a kubeconfig"), (None, "no file")]
)
def test_what_is_no_kubeconfig_says_so(tmp_path: Path, text: str | None, words: str) -> None:
    file = tmp_path / "config"
    if text is not None:
        file.write_text(text)
    with pytest.raises(Refused, match=words):
        of_kubeconfig(str(file), "")


def test_in_a_pod_its_service_account_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused, match="KUBE_IN_CLUSTER"):
        of_pod(tmp_path)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "fd00::1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    (tmp_path / "token").write_text("t")
    (tmp_path / "ca.crt").write_text("c")
    found = of_pod(tmp_path)
    assert (found.server, found.token_file) == ("https://[fd00::1]:443", tmp_path / "token")
    assert found.trust == Trust(authority=str(tmp_path / "ca.crt"))


def test_each_context_is_an_instance() -> None:
    settings = ClusterSettings(contexts=("eu", "us", "eu"), kubeconfig="x")
    outside = Outside()
    assert [one.instance for one in clusters(settings, Wiring(outside=outside))] == ["eu", "us"]
    entry = ClusterSettings(context="eu", kubeconfig="x")
    assert [one.instance for one in clusters(entry, Wiring(outside=outside, instance="prod"))] == ["prod"]
    assert [one.instance for one in clusters(entry, Wiring(outside=outside))] == [None]


def test_one_cannot_be_in_a_pod_and_name_contexts() -> None:
    with pytest.raises(ValueError, match="contexts are of a kubeconfig"):
        ClusterSettings(in_cluster=True, contexts=("a",))


def test_the_settings_have_one_name_for_all_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/etc/kube/a:/etc/kube/b")
    monkeypatch.setenv("KUBE_CONTEXTS", "eu, us")
    settings = ClusterSettings()
    assert (settings.kubeconfig, settings.chosen, settings.on("read")) == (
        "/etc/kube/a:/etc/kube/b",
        ("eu", "us"),
        True,
    )


async def test_without_the_library_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_name: str) -> None:
        raise ModuleNotFoundError("No module named 'lightkube'")

    monkeypatch.setattr("bot.integrations.cluster.import_module", missing)
    async with asking(Apiserver().answer) as cluster:
        with pytest.raises(Refused, match="extra `kubernetes`"):
            await names(cluster)


@pytest.mark.program("openssl")
async def test_a_private_authority_is_believed_when_it_is_named(tmp_path: Path) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    made += [
        "-subj",
        "/CN=kube",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-keyout",
        str(key),
        "-out",
        str(certificate),
    ]
    await asyncio.to_thread(subprocess.run, made, check=True, capture_output=True)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    outside = Outside(now=still)
    async with serving(Apiserver().answer, tls) as address:
        for authority in (str(certificate), None):
            cluster = Cluster(
                title="Kubernetes",
                instance=None,
                named=False,
                outside=outside,
                read=lambda authority=authority: Access(  # type: ignore[misc]
                    server=address, trust=Trust(authority=authority or ""), token=TOKEN, renew="it"
                ),
            )
            if authority:
                assert await names(cluster) == []
            else:
                with pytest.raises(Refused, match="certificate that is not trusted"):
                    await names(cluster)
            await cluster.aclose()
    await outside.aclose()
