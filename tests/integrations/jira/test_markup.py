"""A Markdown postmortem in Jira's markup: what we wrote formats, what others wrote does not."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.integrations.jira.escape import JOINER, escaped, one_line, verbatim
from bot.integrations.jira.markup import LONGEST, wiki

# What Jira's own renderer takes for an escape: a backslash before one of these, and none before that.
_ESCAPE = re.compile(r"(?<!\\)\\[-#*_+?^~|%{}\[\]()!@]")


def _left(markup: str) -> str:
    """The markup as Jira sees it once it has taken out what is escaped."""
    return _ESCAPE.sub("·", markup)


def test_a_postmortem_keeps_its_shape() -> None:
    markdown = """\
# INC-142 Checkout errors

**Impact:** *some* orders ~~were lost~~, see `checkout-api`.

1. Rolled back
   - at 07:12
2. Watched

> It was the cache.

| Time | What |
| --- | --- |
| 07:01 | Alert |

---

```python
x = {"a": 1}
```

[The channel](https://acme.slack.com/archives/C1)
"""
    assert (
        wiki(markdown)
        == """\
h1. INC-142 Checkout errors

*Impact:* _some_ orders -were lost-, see {{checkout-api}}.

# Rolled back
#* at 07:12
# Watched

{quote}
It was the cache.
{quote}

||Time||What||
|07:01|Alert|

----

{noformat}
x = {"a": 1}
{noformat}

[The channel|https://acme.slack.com/archives/C1]"""
    )


@pytest.mark.parametrize(
    "text",
    [
        "{code}",
        "{html}<script>{html}",
        "[~bob]",
        "[~accountid:5b10]",
        "!https://evil.example/x.png!",
        "||head||",
        "h1. big",
        "bq. said",
        "{quote}",
        "# first",
        "-gone-",
        "*bold*",
        "_slanted_",
        "??cited??",
        "^up^ ~down~ +under+",
        "\\{code}",
        "\\\\{code}",
        "&#123;code&#125;",
        "[click|https://evil.example]",
        "(!) (x) :)",
        "{color:red}red{color}",
        "----",
        "@bob",
        "[^attachment.exe]",
    ],
)
def test_foreign_text_is_shown_as_it_stands(text: str) -> None:
    left = _left(escaped(text))
    assert not re.search(r"[{}|^~]|\[(?!https?://)|(?<!\w)[-*_+@]|\(\S{1,10}\)|\\(?!" + JOINER + ")|!\\S", left)


@pytest.mark.parametrize("text", ["h1. big", "bq. said", "#1 cause"])
def test_an_item_or_a_cell_cannot_begin_a_block_either(text: str) -> None:
    for markdown in (f"- {text}", f"| a |\n| --- |\n| {text} |"):
        assert re.search(rf"[*|] ?\u2060{re.escape(text)}", wiki(markdown)), wiki(markdown)


@pytest.mark.parametrize("text", ["h1. big", "bq. said", "  h3. big", "#1 cause", "#"])
def test_a_line_cannot_become_a_heading_a_quote_or_a_list(text: str) -> None:
    for markdown in (text.replace("#", "\\#"), f"line  \n\\{text}" if text[0] == "#" else f"line  \n{text}"):
        assert not re.search(r"^\s*(h\d\.|bq\.|#)", wiki(markdown), re.MULTILINE | re.IGNORECASE), markdown


def test_code_cannot_end_its_block() -> None:
    block = verbatim("a\n{noformat}\n{NoFormat}\n[~bob]")
    assert len(re.findall(r"\{noformat", block, re.IGNORECASE)) == 2


def test_a_windows_path_stays_readable() -> None:
    assert escaped(r"C:\temp\new") == r"C:\temp\new"


def test_ordinary_words_stay_readable() -> None:
    assert escaped("checkout-api: 5 - 3 (at 07:12), foo_bar 50% #4") == "checkout-api: 5 - 3 (at 07:12), foo_bar 50% #4"


def test_a_picture_is_a_link_and_never_fetched() -> None:
    assert wiki("![graph](https://evil.example/x.png)") == "[graph|https://evil.example/x.png]"


def test_a_link_cannot_claim_to_lead_elsewhere() -> None:
    assert wiki("[https://good.example](https://evil.example)") == "[https://good.example] ([https://evil.example])"
    assert "evil.example])" in wiki("[good.example/login](https://evil.example)")


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "file:///etc/passwd", "//evil.example", "https://u:p@x.example"]
)
def test_only_web_addresses_become_links(address: str) -> None:
    assert "|" not in wiki(f"[title]({address})")


def test_an_address_cannot_break_out_of_its_link() -> None:
    assert wiki("[a](<https://x.example/]{code}|b>)") == "[a|https://x.example/%5D%7Bcode%7D%7Cb]"


def test_a_bare_address_in_foreign_text_is_shown_and_linked() -> None:
    assert escaped("see https://x.example/a_b~c!.") == "see [https://x.example/a_b~c]\\!."


def test_html_is_only_text() -> None:
    assert wiki("<b>x</b> <script>alert(1)</script>") == "<b>x</b> <script>alert\\(1)</script>"


def test_characters_that_hide_or_turn_text_are_taken_out() -> None:
    assert one_line("a\u202eb\u200bc\x00d\r\ne\u2028f") == "abcd e f"


def test_a_text_too_long_for_jira_is_cut_at_a_block_and_says_so() -> None:
    markup = wiki("\n\n".join("word " * 100 for _ in range(100)))
    assert len(markup) < LONGEST + 200
    assert markup.endswith("_The rest is too long for Jira. The whole text is in Slack._")


def test_one_huge_paragraph_is_cut_between_words() -> None:
    markup = wiki("word " * 20_000)
    assert markup.startswith("word word")
    assert markup.endswith(" word\n\n_The rest is too long for Jira. The whole text is in Slack._")
    assert len(markup) < LONGEST + 200


def test_one_huge_piece_of_code_is_cut_but_closed() -> None:
    markup = wiki("```\n" + "x" * 60_000 + "\n```")
    assert markup.endswith("… (cut)\n{noformat}")


def test_a_summary_is_one_line_of_255() -> None:
    assert len(one_line("x" * 400)) == 255
    assert one_line("a\nb\t c") == "a b c"


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="{}[]|\\*_-+^~!?@#&;:()hbq.1 \nacode", max_size=40))
def test_no_text_at_all_opens_a_macro_a_link_or_a_table(text: str) -> None:
    left = _left(escaped(text))
    assert not re.search(r"[{}|\[\]^~*]", left)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="{}[]|\\*_-+^~!?@#&;:()<>`hbq.1 \nacode", max_size=60))
def test_markdown_of_any_kind_can_be_written(text: str) -> None:
    assert not re.search(r"\[~|\{(?!\{|quote\}|noformat\})[a-z]", _left(wiki(text)).replace("{{", ""))
