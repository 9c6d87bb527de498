"""The three ways in which a Kubernetes API server takes a change, as it carries them out."""

import copy
from collections.abc import Sequence
from typing import Any, Final

_KEYS: Final = {"containers": "name", "initContainers": "name", "env": "name", "volumes": "name", "conditions": "type"}
"""By what the lists of built-in kinds are merged. Every other list is replaced."""


class Unfit(Exception):
    """A patch that cannot be carried out."""


def merged(target: Any, patch: Any) -> Any:
    """RFC 7386: null deletes, lists are replaced. Any: whatever JSON can hold."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    found = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            found.pop(key, None)
        else:
            found[key] = merged(found.get(key), value)
    return found


def strategic(target: Any, patch: Any, field: str = "") -> Any:
    """As `merged`, but lists that have a key are merged by it."""
    if isinstance(patch, list) and field in _KEYS:
        key = _KEYS[field]
        found = {one[key]: one for one in target or ()}
        for one in patch:
            if key not in one:
                raise Unfit(f"map: {one} does not contain declared merge key: {key}")
            found[one[key]] = strategic(found.get(one[key]), one)
        return list(found.values())
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    made = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if name.startswith("$setElementOrder/"):
            continue  # kubectl's wish for an order, which nothing here depends on
        if value is None:
            made.pop(name, None)
        else:
            made[name] = strategic(made.get(name), value, name)
    return made


def stepped(target: Any, steps: Any) -> Any:
    """RFC 6902, as far as we use it."""
    if not isinstance(steps, list):
        raise Unfit("json: cannot unmarshal object into Go value of type jsonpatch.Patch")
    made = copy.deepcopy(target)
    for step in steps:
        *way, last = [part.replace("~1", "/").replace("~0", "~") for part in step["path"].split("/")[1:]]
        holder = _reached(made, way)
        where: Any = (len(holder) if last == "-" else int(last)) if isinstance(holder, list) else last
        _take(step, holder, where)
    return made


def _take(step: dict[str, Any], holder: Any, where: Any) -> None:
    there = where in holder if isinstance(holder, dict) else where < len(holder)
    if step["op"] in ("replace", "remove", "test") and not there:
        raise Unfit(f"{step['op']} operation does not apply: doc is missing path {step['path']}")
    match step["op"]:
        case "test":
            if holder[where] != step["value"]:
                raise Unfit(f"testing value {step['path']} failed")
        case "remove":
            del holder[where]
        case "add" if isinstance(holder, list):
            holder.insert(where, copy.deepcopy(step["value"]))
        case "add" | "replace":
            holder[where] = copy.deepcopy(step["value"])
        case other:
            raise Unfit(f"unexpected kind: {other}")


def _reached(target: Any, way: Sequence[str]) -> Any:
    for part in way:
        try:
            target = target[int(part) if isinstance(target, list) else part]
        except (KeyError, IndexError, ValueError) as error:
            raise Unfit(f"doc is missing path: {part}") from error
    return target
