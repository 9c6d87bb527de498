"""A postmortem written in Markdown, turned into Jira's wiki markup."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from bot.integrations.jira.escape import JOINER, at_line_start, clean, escaped, length, shortened, target, verbatim

LONGEST: Final = 30_000
"""Characters; a text field of Jira takes 32,767."""
_CUT: Final = "_The rest is too long for Jira. The whole text is in Slack._"
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable(["table", "strikethrough"])
_MARKS: Final = {"strong": "*", "em": "_", "s": "-"}
_IN_A_LINK: Final = str.maketrans("[]{}|", "()()/")
_LIKE_AN_ADDRESS: Final = re.compile(r"://|^\s*(?:[\w-]+\.)+[a-z]{2,}(?:[/:]|\s*$)", re.IGNORECASE)


def wiki(markdown: str) -> str:
    """The text as wiki markup, cut at the end of a block when it is too long for Jira."""
    kept: list[str] = []
    left = LONGEST
    for node in SyntaxTreeNode(_MARKDOWN.parse(clean(markdown[: 4 * LONGEST]))).children:
        block = _block(node)
        left -= length(block) + 2
        if left < 0:
            return "\n\n".join([*(kept or [shortened(block, LONGEST - 100).rpartition(" ")[0]]), _CUT])
        kept.append(block)
    return "\n\n".join(block for block in kept if block)


def _block(node: SyntaxTreeNode) -> str:  # noqa: PLR0911 - one line for each kind of block
    match node.type:
        case "paragraph":
            return at_line_start(_inline(node))
        case "heading":
            return f"h{node.tag[1:]}. {_inline(node)}"
        case "fence" | "code_block":
            return verbatim(_short_code(node.content))
        case "bullet_list" | "ordered_list":
            return "\n".join(_items(node, ""))
        case "blockquote":
            return "{quote}\n" + _blocks(node.children) + "\n{quote}"
        case "hr":
            return "----"
        case "table":
            return "\n".join(_rows(node))
        case _:
            return (
                at_line_start(escaped(node.content))
                if not node.is_root and not node.children
                else _blocks(node.children)
            )


def _blocks(nodes: Iterable[SyntaxTreeNode]) -> str:
    return "\n\n".join(filter(None, map(_block, nodes)))


def _short_code(code: str) -> str:
    return code if length(code) <= LONGEST // 2 else shortened(code, LONGEST // 2) + "\n… (cut)"


def _items(node: SyntaxTreeNode, prefix: str) -> Iterable[str]:
    """The lines of a list. Lists in it carry their parents' marks before their own."""
    mark = prefix + ("#" if node.type == "ordered_list" else "*")
    for item in node.children:
        texts = [child for child in item.children if child.type in ("paragraph", "heading")]
        # In a list a plain line break would end the item.
        # What an item or a cell begins with must not be read like the beginning of a line either.
        yield f"{mark} " + " \\\\ ".join(at_line_start(_inline(one, in_line=True)) for one in texts)
        for child in item.children:
            if child.type in ("bullet_list", "ordered_list"):
                yield from _items(child, mark)
            elif child not in texts:
                yield _block(child)


def _rows(node: SyntaxTreeNode) -> Iterable[str]:
    for part in node.children:
        bar = "||" if part.type == "thead" else "|"
        for row in part.children:
            yield bar + bar.join(at_line_start(_inline(cell, in_line=True)) or " " for cell in row.children) + bar


def _inline(node: SyntaxTreeNode, *, in_line: bool = False) -> str:
    inside = (child for inline in node.children for child in inline.children)
    return "".join(_piece(child, in_line=in_line) for child in inside).strip()


def _piece(node: SyntaxTreeNode, *, in_line: bool) -> str:  # noqa: PLR0911 - one line for each kind of piece
    match node.type:
        case "text":
            return at_line_start(escaped(node.content)) if _opens_a_line(node) else escaped(node.content)
        case "softbreak":
            return " "
        case "hardbreak":
            return " \\\\ " if in_line else "\n"
        case "code_inline":
            return _monospaced(node.content)
        case "link":
            return _link(str(node.attrs.get("href", "")), _plain(node.children))
        case "image":
            # A picture would be fetched by everybody who looks at the ticket.
            return _link(str(node.attrs.get("src", "")), node.content or "picture")
        case "strong" | "em" | "s":
            inside = "".join(_piece(child, in_line=in_line) for child in node.children)
            return f"{_MARKS[node.type]}{inside}{_MARKS[node.type]}" if inside.strip() else inside
        case _:
            return escaped(node.content)


def _opens_a_line(node: SyntaxTreeNode) -> bool:
    before = node.previous_sibling
    return before is not None and before.type == "hardbreak"


def _monospaced(text: str) -> str:
    # A brace of its own at the end would make the closing pair three.
    edge = JOINER if text[:1] in "{}" or text[-1:] in "{}" else ""
    return "{{" + edge + escaped(text) + edge + "}}"


def _plain(nodes: Sequence[SyntaxTreeNode]) -> str:
    return "".join(node.content or _plain(node.children) for node in nodes)


def _link(address: str, title: str) -> str:
    """A link whose title cannot claim to lead elsewhere."""
    place = target(address)
    if place is None:
        return escaped(title)
    if title.strip() in (address, place, ""):
        return f"[{place}]"
    if _LIKE_AN_ADDRESS.search(title):
        return f"{escaped(title)} ([{place}])"
    # Inside a link Jira's two renderers disagree about escaped bars and brackets.
    return f"[{escaped(title.translate(_IN_A_LINK))}|{place}]"
