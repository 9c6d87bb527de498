"""The markdown block as safe HTML: CommonMark with tables and strike-through, no HTML and no outside images."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

from bot.local.page.words import Words

_PARSER: Final = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])


class _Drawn(RendererHTML):
    """markdown-it's renderer with our names for people, and links that tell nobody where they were found."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words

    # The library finds these methods by the names of its tokens and calls all alike.
    def text(self, tokens: Sequence[Token], idx: int, _options: Mapping[str, Any], _env: Any) -> str:
        return str(self._words.tokens(tokens[idx].content))

    def link_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        tokens[idx].attrSet("target", "_blank")
        tokens[idx].attrSet("rel", "noreferrer noopener")
        return self.renderToken(tokens, idx, options, env)

    def image(self, tokens: Sequence[Token], idx: int, _options: Any, _env: Any) -> str:
        return str(Markup("🖼 {}").format(tokens[idx].content or "image"))

    def table_open(self, *_: Any) -> str:
        return '<div class="wide" tabindex="0" role="group" aria-label="Table"><table>'

    def table_close(self, *_: Any) -> str:
        return "</table></div>"


def markdown(words: Words, text: str) -> Markup:
    """Draw the text of a markdown block."""
    tokens = _PARSER.parse(text)
    for token in tokens:  # alignment comes as a style attribute, which our policy forbids
        if token.attrGet("style"):
            side = str(token.attrs.pop("style")).removeprefix("text-align:")
            token.attrSet("class", f"at-{side}")
    return Markup(_Drawn(words).render(tokens, _PARSER.options, {}))  # noqa: S704 - the parser escapes all text
