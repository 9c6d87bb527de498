"""Kubeconfig files for tests, each in a folder that is gone afterwards."""

import atexit
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from tests.kubernetes.apiserver import TOKEN

_FOLDER: Final = Path(tempfile.mkdtemp(prefix="daywatch-kubeconfig-"))
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)
_written: dict[str, Path] = {}


def kubeconfig(address: str, **user: Any) -> str:
    """The path of a file with one context, `test`, that leads to the address. Without `user` it has the usual token."""
    text = yaml.safe_dump(written({"test": address}, user or {"token": TOKEN}))
    if text not in _written:
        path = _FOLDER / f"config-{len(_written)}"
        path.write_text(text)
        path.chmod(0o600)
        _written[text] = path
    return str(_written[text])


def written(clusters: Mapping[str, str], user: Mapping[str, Any]) -> dict[str, Any]:
    """A kubeconfig with a context for each cluster, all with one user."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": next(iter(clusters)),
        "clusters": [{"name": name, "cluster": {"server": address}} for name, address in clusters.items()],
        "users": [{"name": "daywatch", "user": dict(user)}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": "daywatch"}} for name in clusters],
    }
