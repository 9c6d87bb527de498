"""What Daywatch shows in Slack, as values: a message, a modal, the Home tab."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from enum import StrEnum
from typing import Any, Final, Literal

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View as SlackView

from bot.slack.blocks import clean, cut, escape, plain, section
from bot.slack.blocks.marks import WORKING

NOTIFICATION: Final = 150
_TEXT_ALONE: Final = 3000

Scalar = str | int | float | bool
Json = dict[str, Any]  # Any: the JSON that Slack's own models make


class Surface(StrEnum):
    """Where it is seen; each has its size and what is cut first (the table in `bot/slack/fit.py`)."""

    DIGEST = "digest"
    DIGEST_GREEN = "digest, all green"
    TABLE = "table in a thread"
    DETAILS = "details"
    CARD = "incident card"
    ANNOUNCEMENT = "announcement, update"
    TRIAGE = "triage"
    NUDGE = "nudge, prompt, vendor retry, result"
    TASKS = "tasks, runbook run"
    NOTE = "late joiner, help, only-you note"
    MODAL = "declare, resolve, small modals"
    COMPOSER = "composer and preview"
    TIMELINE = "timeline"
    POSTMORTEM = "postmortem modal"
    FILED = "postmortem filed, overdue actions"
    RUNBOOKS = "runbook results"
    PAGE = "runbook page"
    CALENDAR = "who is on call, calendar, freeze"
    DEPLOY_REVIEW = "deploy modal and review"
    DEPLOY = "deploy message"
    OBJECTIVES = "objectives, what is connected"
    HOME = "App Home"


@dataclass(frozen=True, slots=True, init=False)
class Cut:
    """Blocks that give way when room is short. `order` 1 gives way first, then 2; what is no `Cut` is last to go.

    `shorter` are the versions to try one after the other; with none given the blocks are left out. Counts belong into
    each version, so that totals still say what was cut: `Cut(1, [today(five)], [today(two, and_more(3))])`.
    """

    order: int
    blocks: Sequence[Block]
    shorter: Sequence[Sequence[Block]] = ((),)

    def __init__(self, order: int, blocks: Sequence[Block], *shorter: Sequence[Block]) -> None:
        object.__setattr__(self, "order", order)
        object.__setattr__(self, "blocks", tuple(blocks))
        object.__setattr__(self, "shorter", tuple(tuple(version) for version in shorter) or ((),))

    @property
    def versions(self) -> Sequence[Sequence[Block]]:
        """All of them, the longest first."""
        return (self.blocks, *self.shorter)


Body = Sequence[Block | Cut]


def whole(body: Body) -> Iterator[Block]:
    """The blocks with nothing cut."""
    for part in body:
        if isinstance(part, Cut):
            yield from part.blocks
        else:
            yield part


def drawn(body: Body) -> list[Json]:
    """The blocks as Slack reads them, nothing cut and nothing checked (`bot/slack/limits.py` does that)."""
    return [_json(block) for block in whole(body)]


def _json(block: Block) -> Json:
    shape: Json = block.get_non_null_attributes()
    return shape


@dataclass(frozen=True, slots=True)
class Message:
    """`text` is what a notification says: raw words (escaped when sent), 150 characters, no mention.

    Without blocks it is the whole message, and then it may be longer.

    `thread_of` is the key of the message it stands under. `metadata` is small, carries no secret and no personal data;
    the message's own key is added when it is sent.
    """

    text: str
    _: KW_ONLY
    blocks: Body = ()
    surface: Surface = Surface.NOTE
    thread_of: str | None = None
    event_type: str = "daywatch_message"
    metadata: Mapping[str, Scalar] = field(default_factory=dict)

    @property
    def notification(self) -> str:
        limit = NOTIFICATION if self.blocks else _TEXT_ALONE
        return escape(cut(clean(self.text, lines=not self.blocks).strip(), limit)) or "–"

    def frame(self, key: str | None = None) -> Json:
        """All but the blocks. `key` is how we find the message again."""
        payload = dict(self.metadata) | ({"key": key} if key else {})
        metadata = {"metadata": {"event_type": self.event_type, "event_payload": payload}} if payload else {}
        return {"text": self.notification} | metadata

    def to_dict(self, key: str | None = None) -> Json:
        """As drawn, before anything is cut; what is sent comes from `bot/slack/fit.py`."""
        return self.frame(key) | ({"blocks": drawn(self.blocks)} if self.blocks else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A modal, or the Home tab. `memory` comes back with the submission: ids only, nothing secret, never trusted."""

    blocks: Body
    title: str = ""
    callback_id: str | None = None
    submit: str | None = None
    close: str | None = "Cancel"
    memory: Mapping[str, Scalar] = field(default_factory=dict)
    kind: Literal["modal", "home"] = "modal"
    surface: Surface = Surface.MODAL
    external_id: str | None = None
    tell_when_closed: bool = False
    clear_on_close: bool = False

    def frame(self) -> Json:
        """All but the blocks."""
        modal = self.kind == "modal"
        view = SlackView(
            type=self.kind,
            title=plain(self.title, 24) if modal else None,
            submit=plain(self.submit, 24) if modal and self.submit else None,
            close=plain(self.close, 24) if modal and self.close else None,
            callback_id=self.callback_id,
            external_id=self.external_id,
            private_metadata=json.dumps({"v": 1, **self.memory}, separators=(",", ":"), ensure_ascii=False),
            notify_on_close=self.tell_when_closed or None,
            clear_on_close=self.clear_on_close or None,
        )
        shape: Json = view.get_non_null_attributes()
        return shape

    def to_dict(self) -> Json:
        """As drawn, before anything is cut; what is sent comes from `bot/slack/fit.py`."""
        return self.frame() | {"blocks": drawn(self.blocks)}


def home(*blocks: Block | Cut, memory: Mapping[str, Scalar] | None = None) -> View:
    """The Home tab of one person."""
    return View(kind="home", blocks=blocks, surface=Surface.HOME, memory=memory or {})


def loading(title: str, words: str = "Working on it", *, callback_id: str | None = None) -> View:
    """What a modal shows until its content is there; opened at once, since a trigger lives three seconds."""
    return View(
        title=title, callback_id=callback_id, close="Close", blocks=(section(plain(f"{WORKING.sign} {words}", 150)),)
    )


def remembered(private_metadata: str) -> Mapping[str, Scalar]:
    """A view's `memory`, read back. It came from outside: anything but a small flat object reads as empty."""
    try:
        memory = json.loads(private_metadata or "{}")
    except ValueError:
        return {}
    if not isinstance(memory, dict):
        return {}
    return {
        name: value for name, value in memory.items() if name != "v" and isinstance(value, str | int | float | bool)
    }
