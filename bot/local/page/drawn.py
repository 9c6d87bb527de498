"""How pages are drawn: templates that escape everything, and headers that let nothing else in."""

import re
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.bccache import Bucket

from bot.local.page.emoji import emoji
from bot.local.page.markdown import markdown
from bot.local.slack import fields
from bot.local.slack.things import Json
from bot.local.slack.world import World

HERE: Final = Path(__file__).parent
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    # Not `no-referrer`: browsers then send `Origin: null` with our own forms, which the door refuses.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
SAFE_IMAGES: Final = frozenset({"image/png", "image/jpeg", "image/gif"})
_FACES: Final = 8
_OWN_PICTURE: Final = re.compile(r"(?:http://(?:127\.0\.0\.1|localhost):\d+)?(/(?:files|static)/[\w.-]+)")


class _Compiled(BytecodeCache):
    """Templates compiled once in a process, however many workspaces it runs."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._known:
            bucket.bytecode_from_string(self._known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key] = bucket.bytecode_to_string()


@cache
def _compiled() -> BytecodeCache:
    return _Compiled()


def compile_all() -> None:
    """Before anybody looks: compiling is most of what the first look would wait for."""
    env = templates()
    for name in env.list_templates():
        env.get_template(name)


def templates(world: World | None = None) -> Environment:
    """The templates with what they may ask; faces need the people of a world."""
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        bytecode_cache=_compiled(),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters |= {"web": web, "picture": picture}
    env.globals |= {
        "held": held,
        "options_held": options_held,
        "markdown": markdown,
        "emoji": emoji,
        "face_of": lambda user: _face(world, user),
        "initials_of": lambda user: _initials(world, user),
        "world": world,
        "safe_images": SAFE_IMAGES,
    }
    return env


def web(address: str) -> str:
    """An address that may be followed; any other kind leads nowhere."""
    return address if re.match(r"https?://|mailto:|/(?!/)", address) else "#"


def picture(image: Json) -> str:
    """Where an image can be shown from: only this machine, since nothing may be fetched from outside."""
    file: Any = image.get("slack_file") or {}
    if file.get("id"):
        return f"/files/{file['id']}"
    own = _OWN_PICTURE.fullmatch(str(image.get("image_url") or file.get("url") or ""))
    return own[1] if own else ""


def _face(world: World | None, user: str) -> str:
    """The colour of a person's square; the app's is its own."""
    known = world.users.get(user) if world else None
    return "bot" if known and known.bot_id else f"f{sum(user.encode()) % _FACES}"


def _initials(world: World | None, user: str) -> str:
    known = world.users.get(user) if world else None
    return "".join(part[0] for part in known.real_name.split()[:2]).upper() if known else "?"


def _value(block: Json, element: Json, state: Json) -> Any:
    name, first = fields.VALUE_OF[element["type"]]
    held_there: Json | None = state.get(block["block_id"], {}).get(element["action_id"])
    return held_there.get(name) if held_there else element.get(first) if first else None


def options_held(block: Json, element: Json, state: Json) -> list[Json]:
    """The options picked in an external select, whose list only the app knows."""
    value = _value(block, element, state)
    return [value] if isinstance(value, dict) else list(value or [])


def held(block: Json, element: Json, state: Json) -> list[str]:
    """What is typed or picked in an element, as the values of its controls."""
    value = _value(block, element, state)
    if element["type"] == "rich_text_input":
        return [_spoken(value)] if value else []
    each_value = value if isinstance(value, list) else [] if value is None else [value]
    return [str(each["value"] if isinstance(each, dict) and "value" in each else each) for each in each_value]


def _spoken(rich: Json) -> str:
    return "\n".join(
        "".join(str(piece.get("text", "")) for piece in part.get("elements", ())) for part in rich.get("elements", ())
    )


def clock(stamp: str) -> float:
    """A vendor's time stamp as seconds; 0 when it cannot be read."""
    try:
        return datetime.fromisoformat(re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", stamp)).timestamp()
    except ValueError:
        return 0.0
