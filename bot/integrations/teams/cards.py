"""News of an incident as an Adaptive Card. https://adaptivecards.io/explorer/"""

import json
from collections.abc import Mapping
from typing import Any, Final

from bot.domain.errors import Refused
from bot.domain.publication import Publication

LARGEST: Final = 28_000
"""Bytes. A larger one is taken, and fails later where nobody hears of it."""
_TITLE: Final = 200
_WORDS: Final = 8_000

# What people wrote goes into text runs, which show it as it is; a text block would take it for Markdown.
Json = dict[str, Any]


def message(news: Publication, *, bare: bool) -> Json:
    """What the workflow is sent, within its limit."""
    for most in (_WORDS, _WORDS // 4, 200):
        found = card(news, most)
        sent = found if bare else _wrapped(found)
        if len(json.dumps(sent)) < LARGEST:
            return sent
    raise Refused("Microsoft Teams takes no card of this size: its title or link is too long")


def card(news: Publication, most: int = _WORDS) -> Json:
    announced = not news.words
    head = f"{news.severity} {news.incident} · {news.title}"[:_TITLE]
    body: list[Json] = [_text(head, weight="Bolder", size="Medium")]
    if news.words:
        body.append(_text(news.words if len(news.words) <= most else news.words[: most - 1] + "…"))
    facts = {"Status": news.status, "Severity": news.severity}
    body.append({"type": "FactSet", "facts": [{"title": name, "value": value} for name, value in facts.items()]})
    action = {"type": "Action.OpenUrl", "title": "Join in Slack" if announced else "Open in Slack", "url": news.link}
    return {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": body,
        **({"actions": [action]} if news.link.startswith("https://") else {}),
    }


def _text(words: str, **look: str) -> Json:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": words, **look}]}


def _wrapped(found: Mapping[str, Any]) -> Json:
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": dict(found),
    }
    return {"type": "message", "attachments": [attachment]}
