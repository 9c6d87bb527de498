"""What a message may hold: text, blocks, metadata and attachments, judged the way `chat.postMessage` judges them."""

import json
from dataclasses import dataclass
from typing import Any, Final

from bot.local.slack.arguments import Arguments
from bot.local.slack.blockkit.blocks import problems, with_ids
from bot.local.slack.blockkit.pieces import escaped_once
from bot.local.slack.errors import SlackError
from bot.local.slack.ids import fresh_token
from bot.local.slack.things import Json

LONGEST_TEXT: Final = 40_000
LONGEST_UPDATE: Final = 4_000
# Undocumented: Slack refuses messages somewhere past 11,000 to 13,000 characters of blocks.
BLOCKS_TOO_LONG: Final = 13_000
_MARKDOWN_MOST: Final = 12_000
_METADATA_MOST: Final = 8_000
_MOST_ATTACHMENTS: Final = 100
NO_FALLBACK: Final = "This content can't be displayed."


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What was given; `None` means that the argument was absent."""

    text: str | None
    blocks: list[Json] | None
    attachments: list[Json] | None
    metadata: Json | None

    @property
    def empty(self) -> bool:
        return not self.text and not self.blocks and not self.attachments


def read(args: Arguments) -> Content:
    """Read and judge the content of a message, or raise Slack's error."""
    text = args.text("text") if "text" in args.given else None
    blocks = args.objects("blocks", "invalid_blocks_format")
    if args.has("markdown_text"):
        if text or blocks:
            raise SlackError("markdown_text_conflict")
        markdown = args.text("markdown_text")
        if len(markdown) > _MARKDOWN_MOST:
            raise SlackError("msg_too_long")
        blocks, text = [{"type": "markdown", "text": markdown}], markdown
    return Content(
        text=stored_text(text) if text is not None else None,
        blocks=judged_blocks(blocks),
        attachments=_attachments(args),
        metadata=_metadata(args),
    )


def stored_text(text: str) -> str:
    """Text as Slack keeps it: a bare ampersand escaped, the rest cut at 40,000 characters."""
    return escaped_once(text)[:LONGEST_TEXT]


def judged_blocks(blocks: list[Json] | None) -> list[Json] | None:
    if blocks is None:
        return None
    messages = problems(blocks, "message")
    if messages:
        told = [f"[ERROR] {message}" for message in messages]
        raise SlackError("invalid_blocks", errors=messages, response_metadata={"messages": told})
    if len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":"))) > BLOCKS_TOO_LONG:
        raise SlackError("msg_blocks_too_long")
    return with_ids(blocks, fresh_token(4))


def _attachments(args: Arguments) -> list[Json] | None:
    attachments = args.objects("attachments", "invalid_attachments")
    if attachments is None:
        return None
    if len(attachments) > _MOST_ATTACHMENTS:
        raise SlackError("too_many_attachments")
    for each in attachments:
        if not isinstance(each, dict):
            raise SlackError("invalid_attachments")
        judged_blocks(each.get("blocks"))
    return [{"id": index, **each} for index, each in enumerate(attachments, start=1)]


def _metadata(args: Arguments) -> Json | None:
    try:
        metadata: Any = args.structure("metadata")
    except SlackError:
        raise SlackError("invalid_metadata_format") from None
    if metadata is None:
        return None
    if not isinstance(metadata, dict) or set(metadata) - {"event_type", "event_payload", "entities"}:
        raise SlackError("invalid_metadata_format")
    event_type, payload = metadata.get("event_type"), metadata.get("event_payload")
    if not isinstance(event_type, str) or not event_type or not isinstance(payload, dict):
        raise SlackError("invalid_metadata_schema")
    if len(json.dumps(metadata)) > _METADATA_MOST:
        raise SlackError("metadata_too_large")
    return metadata
