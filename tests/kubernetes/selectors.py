"""Label and field selectors, as a Kubernetes API server reads them."""

import re
from collections.abc import Collection
from typing import Any, Final

_TERM: Final = re.compile(
    r"^(!?)([\w./-]+)$|^([\w./-]+)\s*(==|=|!=)\s*([^=!]*)$|^([\w./-]+)\s+(in|notin)\s+\(([^)]*)\)$"
)


class Unsupported(Exception):
    """A selector that the server refuses."""


def by_labels(labels: dict[str, str], selector: str) -> bool:
    for term in re.split(r",(?![^(]*\))", selector):
        found = _TERM.match(term.strip())
        if found is None:
            raise Unsupported(f"unable to parse requirement: {term}")
        negated, present, name, sign, value, key, word, values = found.groups()
        if present:
            fits = (present in labels) is not bool(negated)
        elif name:
            fits = (labels.get(name) == value) is (sign != "!=")
        else:
            fits = (labels.get(key) in [one.strip() for one in values.split(",")]) is (word == "in")
        if not fits:
            return False
    return True


def by_fields(found: dict[str, Any], selector: str, supported: Collection[str]) -> bool:
    for term in selector.split(","):
        parts = re.match(r"^([\w.]+)(==|=|!=)(.*)$", term.strip())
        if parts is None:
            raise Unsupported(f"invalid selector: '{term}'; can't understand '{term}'")
        path, sign, value = parts.groups()
        if path not in ("metadata.name", "metadata.namespace") and path not in supported:
            raise Unsupported(f"field label not supported: {path}")
        if (_at(found, path) == value) is (sign == "!="):
            return False
    return True


def _at(found: Any, path: str) -> str:
    for part in path.split("."):
        found = found.get(part, "") if isinstance(found, dict) else ""
    return {True: "true", False: "false"}.get(found, str(found)) if isinstance(found, bool) else str(found)
