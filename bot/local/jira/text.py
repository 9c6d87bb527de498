"""Jira's two ways of writing text: plain strings (v2) and the Atlassian Document Format (v3)."""

from typing import Final

from bot.local.keep import Document

Rich = str | Document | None

NOT_A_DOCUMENT: Final = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
NOT_A_STRING: Final = "Operation value must be a string"
_DEEPEST: Final = 50
_BLOCKS: Final = {"paragraph", "heading", "codeBlock", "listItem", "blockquote", "panel", "rule"}


def problem(value: object, version: int) -> str | None:
    """Say what is wrong with a text field as this version of the API wants it, or None."""
    if value is None:
        return None
    if version == 3:
        return None if isinstance(value, dict) and is_document(value) else NOT_A_DOCUMENT
    return None if isinstance(value, str) else NOT_A_STRING


def is_document(value: Document) -> bool:
    if value.get("type") != "doc" or value.get("version") != 1 or not isinstance(value.get("content"), list):
        return False
    return all(_is_node(node, 1) for node in value["content"])


def as_document(value: Rich) -> Document | None:
    """Draw text as v3 does: a paragraph for each block of lines."""
    if value is None or isinstance(value, dict):
        return value
    blocks = [block for block in value.replace("\r\n", "\n").split("\n\n") if block.strip()]
    return {"type": "doc", "version": 1, "content": [_paragraph(block) for block in blocks]}


def as_text(value: Rich) -> str | None:
    """Draw text as v2 does."""
    if value is None or isinstance(value, str):
        return value
    return _flat(value).strip("\n")


def _is_node(node: object, depth: int) -> bool:
    if depth > _DEEPEST or not isinstance(node, dict) or not isinstance(node.get("type"), str):
        return False
    if node["type"] == "text":
        return isinstance(node.get("text"), str) and node["text"] != ""
    content = node.get("content", [])
    return isinstance(content, list) and all(_is_node(one, depth + 1) for one in content)


def _paragraph(block: str) -> Document:
    content: list[Document] = []
    for line in block.strip("\n").split("\n"):
        if content:
            content.append({"type": "hardBreak"})
        if line:
            content.append({"type": "text", "text": line})
    return {"type": "paragraph", "content": content}


def _flat(node: Document) -> str:
    if node["type"] == "text":
        return str(node["text"])
    if node["type"] == "hardBreak":
        return "\n"
    inner = "".join(_flat(one) for one in node.get("content", []))
    return f"{inner}\n\n" if node["type"] in _BLOCKS else inner
