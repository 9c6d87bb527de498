"""The small language the Block Kit rules are written in: checks that look at a value and note what is wrong with it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

# What a check is given: where to note findings, the JSON pointer of the value, and the value.
Check = Callable[["Findings", str, Any], None]
MOST_FINDINGS: Final = 20


@dataclass(slots=True)
class Findings:
    """What is wrong, in Slack's words; bounded, since one bad template repeats its mistake."""

    messages: list[str] = field(default_factory=list)
    count: int = 0  # also of those that are no longer written down

    def note(self, pointer: str, words: str) -> None:
        self.count += 1
        if len(self.messages) < MOST_FINDINGS:
            self.messages.append(f"{words} [json-pointer:{pointer}]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The properties of one kind of object."""

    needed: Mapping[str, Check] = field(default_factory=dict)
    may: Mapping[str, Check] = field(default_factory=dict)
    extra: tuple[Check, ...] = ()  # rules about the object as a whole, once each part of it is what it should be


def text(most: int, least: int = 1) -> Check:
    def check(found: Findings, pointer: str, value: Any) -> None:
        if not isinstance(value, str):
            found.note(pointer, "must provide a string")
        elif len(value) < least:
            found.note(pointer, f"must be more than {least - 1} characters")
        elif len(value) > most:
            found.note(pointer, f"must be less than {most + 1} characters")

    return check


def matching(pattern: str, words: str) -> Check:
    def check(found: Findings, pointer: str, value: Any) -> None:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            found.note(pointer, words)

    return check


def address(most: int) -> Check:
    """An absolute URL."""
    length = text(most)

    def check(found: Findings, pointer: str, value: Any) -> None:
        length(found, pointer, value)
        if isinstance(value, str) and value and not re.match(r"[a-z][a-z0-9+.-]*:", value, re.IGNORECASE):
            found.note(pointer, "must be a valid URL")

    return check


def flag(found: Findings, pointer: str, value: Any) -> None:
    if not isinstance(value, bool):
        found.note(pointer, "must provide a boolean")


def number(low: int, high: int) -> Check:
    def check(found: Findings, pointer: str, value: Any) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            found.note(pointer, "must provide a number")
        elif not low <= value <= high:
            found.note(pointer, f"must be between {low} and {high}")

    return check


def decimal(found: Findings, pointer: str, value: Any) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        found.note(pointer, "must provide a number")


def one_of(*words: str) -> Check:
    def check(found: Findings, pointer: str, value: Any) -> None:
        if value not in words:
            found.note(pointer, f"must be one of: {', '.join(words)}")

    return check


def many(each: Check, most: int, least: int = 1) -> Check:
    def check(found: Findings, pointer: str, value: Any) -> None:
        if not isinstance(value, list):
            found.note(pointer, "must be an array")
            return
        if len(value) < least:
            found.note(pointer, f"no fewer than {least} items allowed")
        if len(value) > most:
            found.note(pointer, f"no more than {most} items allowed")
        for index, item in enumerate(value[: most + 1]):
            each(found, f"{pointer}/{index}", item)

    return check


def thing(shape: Shape) -> Check:
    """An object with exactly these properties; unknown ones are refused."""

    def check(found: Findings, pointer: str, value: Any) -> None:
        if not isinstance(value, dict):
            found.note(pointer, "must provide an object")
            return
        before = found.count
        for name in shape.needed:
            if value.get(name) is None:
                found.note(pointer, f"missing required field: {name}")
        for name, content in value.items():
            rule = shape.needed.get(name) or shape.may.get(name)
            if rule is None:
                found.note(pointer, f"invalid additional property: {name}")
            elif content is not None:
                rule(found, f"{pointer}/{name}", content)
        for rule in shape.extra if found.count == before else ():
            rule(found, pointer, value)

    return check


def by_type(shapes: Mapping[str, Shape]) -> Check:
    """An object whose `type` says which shape it must have."""
    checks = {name: thing(_typed(shape, name)) for name, shape in shapes.items()}

    def check(found: Findings, pointer: str, value: Any) -> None:
        if not isinstance(value, dict):
            found.note(pointer, "must provide an object")
        elif not isinstance(value.get("type"), str):
            found.note(pointer, "missing required field: type")
        elif value["type"] not in checks:
            found.note(f"{pointer}/type", f"unsupported type: {value['type']}")
        else:
            checks[value["type"]](found, pointer, value)

    return check


def _typed(shape: Shape, name: str) -> Shape:
    return Shape(needed={"type": one_of(name), **shape.needed}, may=shape.may, extra=shape.extra)


def distinct(items: Sequence[Any], found: Findings, pointer: str, words: str) -> None:
    """Note each value that was there before; `pointer` has `{}` where the index goes."""
    seen: set[Any] = set()
    for index, item in enumerate(items):
        if not isinstance(item, str):
            continue
        if item in seen:
            found.note(pointer.format(index), f"{words} already exists: {item}")
        seen.add(item)


def at_least_one(*names: str) -> Check:
    def check(found: Findings, pointer: str, value: Any) -> None:
        if not any(value.get(name) is not None for name in names):
            told = " or ".join(f"`{name}`" for name in names)
            found.note(pointer, f"must define either {told}")

    return check


def at_most_one(*names: str) -> Check:
    def check(found: Findings, pointer: str, value: Any) -> None:
        if sum(value.get(name) is not None for name in names) > 1:
            found.note(pointer, f"only one of {', '.join(names)} may be given")

    return check
