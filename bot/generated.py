"""The pages that are made from the code and never edited: `.env.example`, `docs/generated/`, the Slack manifest.

`python -m bot.generated` writes them anew; a test fails when one is stale.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from bot.integrations import Category, Integration, discover
from bot.integrations.settings import Group
from bot.settings import Settings

ROOT: Final = Path(__file__).parent.parent
_MADE: Final = "Made by `python -m bot.generated`. Do not edit: change the code it is made from."
_GROUPS: Final[Mapping[str, str]] = {
    "read": "to be asked",
    "write": "to act",
    "inbound": "to send us notices",
    "reports": "for CI to post us reports",
}


def environment() -> str:
    """`.env.example`: every variable there is, each with its default, commented out."""
    lines = [
        "# Every variable that Daywatch reads. Copy this file to .env, uncomment what you use. A system is on when one",
        "# of its groups is complete, and off when all of them are empty; a half-set group stops the start and names",
        "# what is missing. Secrets have no default: keep .env out of version control. Structured settings (teams,",
        "# services, routing, permissions) stand in the YAML file, see docs/set-up.md.",
        f"# {_MADE}",
        *_section("Daywatch itself"),
    ]
    for name, info in Settings.model_fields.items():
        lines += _assignment(name.upper(), info)
    told: set[str] = set()
    for one in by_category():
        if not one.settings.model_fields:
            continue
        lines += _section(f"{one.title} (bot/integrations/{one.name}/README.md)")
        lines += [f"# {_GROUPS[name]}: {_spelled(one, group)}" for name, group in one.settings.GROUPS.items()]
        named = {one.settings.variable_name(name): info for name, info in one.settings.model_fields.items()}
        # Systems that live in one place share variables; each stands where it is first needed.
        lines += [f"# {', '.join(shared)}: see above"] if (shared := [name for name in named if name in told]) else []
        for name, info in named.items():
            lines += _assignment(name, info) if name not in told else ()
        told.update(named)
    return "\n".join(lines) + "\n"


def _section(title: str) -> Sequence[str]:
    return ("", f"# ── {title} ".ljust(118, "─"))


def _assignment(variable: str, info: FieldInfo) -> Sequence[str]:
    note = _note(info)
    described = f"{(info.description or '').rstrip('.')}{f' ({note})' if note else ''}"
    return ("", f"# {described}", f"#{variable}={default_of(info)}")


def settings_page() -> str:
    """Every variable as a table: the process's own, then each system's."""
    parts = [
        f"# Variables\n\n{_MADE}\n",
        "From the environment, or from a file `.env` in the working directory; the environment comes first. What has a",
        "structure stands in the YAML file: [Set-up](../set-up.md#the-yaml-file).\n",
        "## Daywatch itself\n",
        *_table(("variable", "meaning", "default"), map(_row, map(str.upper, Settings.model_fields), _own())),
    ]
    for one in by_category():
        parts += ["", f"## {one.title}", "", _link(one, "Set up, rights, events, limits") + ".", ""]
        if not one.settings.model_fields:
            parts.append("No variables: it is set in the YAML file.")
            continue
        parts += [f"- {_GROUPS[name]}: {_spelled(one, group, '`')}" for name, group in one.settings.GROUPS.items()]
        fields = one.settings.model_fields
        rows = (_row(one.settings.variable_name(name), info) for name, info in fields.items())
        parts += ["", *_table(("variable", "meaning", "default"), rows)]
    return "\n".join(parts) + "\n"


def _own() -> Iterable[FieldInfo]:
    return Settings.model_fields.values()


def _row(variable: str, info: FieldInfo) -> Sequence[str]:
    note = _note(info)
    value = default_of(info)
    return (f"`{variable}`", f"{info.description}{f' ({note})' if note else ''}", f"`{value}`" if value else "")


def integrations_page() -> str:
    """Every system there is, by what it is for."""
    parts = [
        f"# Systems\n\n{_MADE}\n",
        "A system is on when its variables are set. Its page tells how to set it up, which rights it needs, which",
        "events it follows and what it cannot do. [Write another one](../writing-an-integration.md).",
    ]
    for category in Category:
        systems = [one for one in by_category() if one.category is category]
        if systems:
            rows = ((_link(one, one.title), _purpose(one), _door(one)) for one in systems)
            head = ("system", "what it does here", "its notices come to")
            parts += ["", f"## {category.value.capitalize()}", "", *_table(head, rows)]
    posted = [one for one in by_category() if one.reports is not None]
    rows = ((_link(one, one.title), f"`/reports/{one.name}`", f"`{_token(one)}`") for one in posted)
    parts += ["", "## Reports from CI", "", "How they are posted: [Reports](../reports.md).", ""]
    parts += _table(("system", "posted to", "with the token"), rows)
    return "\n".join(parts) + "\n"


def _purpose(one: Integration) -> str:
    """The first paragraph of its page."""
    page = (ROOT / "bot" / "integrations" / one.name / "README.md").read_text(encoding="utf-8")
    return " ".join(page.split("\n\n")[1].split())


def _door(one: Integration) -> str:
    doors = [f"`/webhooks/{one.name}`"] if one.webhook is not None else []
    return ", ".join([*doors, f"`/reports/{one.name}`"] if one.reports is not None else doors)


def _token(one: Integration) -> str:
    return one.settings.variable_name("report_token")


def _link(one: Integration, words: str) -> str:
    return f"[{words}](../../bot/integrations/{one.name}/README.md)"


def commands_page() -> str:
    """What a person can type in Slack, and who may."""
    # Only this page and the manifest need the features; whoever wants the variables waits for the cards alone.
    from bot.commands import COMMANDS  # noqa: PLC0415 - see above
    from bot.slack.command import Command, Shortcut  # noqa: PLC0415 - see above

    parts = [
        f"# Commands\n\n{_MADE}\n",
        "Each role may do what the ones before it may: viewer, responder, operator, admin. `help` behind a command",
        "lists its verbs. Where `slack.command_prefix` is set in the YAML file, it stands before each name.",
    ]
    commands = [row for row in COMMANDS if isinstance(row, Command)]
    for root in dict.fromkeys(row.root for row in commands):
        rows = ((f"`{row.form}`", row.does, row.who.word) for row in commands if row.root == root)
        parts += ["", f"## {root}", "", *_table(("type", "does", "from role"), rows)]
    shortcuts = [(row.name, row.does, row.who.word) for row in COMMANDS if isinstance(row, Shortcut)]
    if shortcuts:
        parts += ["", "## In a message's menu", "", *_table(("entry", "does", "from role"), shortcuts)]
    return "\n".join(parts) + "\n"


def manifest() -> str:
    """The Slack app for Socket Mode, as `daywatch manifest` prints it."""
    from bot.commands import COMMANDS  # noqa: PLC0415 - see commands_page
    from bot.slack.manifest import manifest as made  # noqa: PLC0415 - see commands_page

    return json.dumps(made(COMMANDS, mode="socket"), indent=2, ensure_ascii=False) + "\n"


def variables() -> str:
    """Which variables each system has: by them it is known that a system is off, without importing it."""
    named = {one.name: sorted(map(one.settings.variable_name, one.settings.model_fields)) for one in discover()}
    return json.dumps(named, indent=1) + "\n"


def by_category() -> Sequence[Integration]:
    """All systems, in the order of the categories."""
    order = list(Category)
    return sorted(discover(), key=lambda one: (order.index(one.category), one.title.casefold()))


def default_of(info: FieldInfo) -> str:
    """A default as one would write it into the environment; empty for a secret and for what has none."""
    value: Any = info.default
    if value is None or value is PydanticUndefined or is_secret(info):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Enum):
        return str(value.value)
    return ",".join(map(str, value)) if isinstance(value, tuple | list) else str(value)


def is_secret(info: FieldInfo) -> bool:
    return SecretStr in _kinds(info.annotation)


def _kinds(annotation: Any) -> Iterable[Any]:
    """The types in `X | None`. Any: annotations have no common type."""
    union = get_origin(annotation) in (Union, UnionType)
    return get_args(annotation) if union else (annotation,)


def _note(info: FieldInfo) -> str:
    """What the description need not say: a secret, or the only values there are."""
    if is_secret(info):
        return "secret"
    choices = [value for kind in _kinds(info.annotation) if get_origin(kind) is Literal for value in get_args(kind)]
    return " | ".join(map(str, choices))


def _spelled(one: Integration, group: Group, quote: str = "") -> str:
    """`A and B, or C`."""
    ways = (
        " and ".join(f"{quote}{one.settings.variable_name(field)}{quote}" for field in fields)
        for fields in group.alternatives
    )
    return ", or ".join(ways)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Sequence[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines]


FILES: Final[Mapping[str, Callable[[], str]]] = {
    ".env.example": environment,
    "docs/generated/commands.md": commands_page,
    "docs/generated/integrations.md": integrations_page,
    "docs/generated/settings.md": settings_page,
    "docs/generated/slack-manifest.json": manifest,
    "bot/integrations/variables.json": variables,
    "bot/slack/manifest.json": manifest,
}
"""Each file that is made, and what makes it."""


def main() -> None:
    for name, made in FILES.items():
        path = ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(made(), encoding="utf-8")


if __name__ == "__main__":
    main()
