"""A page cut for Slack: complete, within the limit, harmless."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.features.runbooks.markdown import lines
from bot.features.runbooks.parts import LIMIT, defuse, parts
from tests.features.runbooks.pages import page

PAGE = page()
words = st.text(alphabet="abcd é漢😀<>!@#*_", min_size=1, max_size=60)
paragraph = st.lists(words, min_size=1, max_size=8).map("\n".join)
code = st.lists(words, min_size=0, max_size=40).map(lambda text: "\n".join(("```sh", *text, "```")))
heading = words.map(lambda text: f"## {text}")
documents = st.lists(st.one_of(paragraph, code, heading), min_size=1, max_size=20).map("\n\n".join)


def letters(markdown: str) -> str:
    """What is left when fences (which a cut repeats) and white space are taken away."""
    kept = (line for line in markdown.split("\n") if not line.strip().startswith("```"))
    return "".join("".join(kept).split())


@given(documents, st.integers(300, 900))
def test_the_parts_together_say_all_and_none_is_too_long(body: str, limit: int) -> None:
    cut = parts(replace(PAGE, body=body), limit)
    assert all(0 < len(part) <= limit for part in cut)
    assert letters("\n".join(cut)) == letters(defuse(body))


@given(documents, st.integers(300, 900))
def test_every_part_closes_the_code_blocks_it_opens(body: str, limit: int) -> None:
    for part in parts(replace(PAGE, body=body), limit):
        *_, last = lines(part + "\nafter")
        assert last.fence is None


@given(st.text(max_size=3000), st.integers(300, 900))
def test_whatever_stands_in_a_page_it_is_cut_and_cannot_mention_anybody(body: str, limit: int) -> None:
    cut = parts(replace(PAGE, body=body), limit)
    assert all(len(part) <= limit for part in cut)
    assert not any("<!" in part or "<@" in part for part in cut)


def test_mentions_lose_their_power_in_text_and_code() -> None:
    (part,) = parts(replace(PAGE, body="<!channel> <@U024BE7LH> `<!here>` a < b\n```\n<!subteam^S1>\n```\n"))
    assert "<!" not in part
    assert "<@" not in part
    assert "a < b" in part


def test_a_page_that_fits_stays_whole_and_a_longer_one_is_cut_at_headings() -> None:
    section = "## {}\n\n" + "word " * 1000 + "\n\n"
    assert parts(replace(PAGE, body="## One\n\ntext\n")) == ("## One\n\ntext\n",)
    cut = parts(replace(PAGE, body="".join(section.format(name) for name in ("One", "Two", "Three"))))
    assert [part.split("\n")[0] for part in cut] == ["## One", "## Two", "## Three"]
    assert all(len(part) <= LIMIT for part in cut)


def test_a_code_block_longer_than_a_part_is_closed_and_opened_again() -> None:
    body = "```sh\n" + "".join(f"echo {number:05}\n" for number in range(2000)) + "```\n"
    cut = parts(replace(PAGE, body=body))
    assert len(cut) > 2
    assert all(part.startswith("```sh\n") and part.endswith("```\n") and len(part) <= LIMIT for part in cut)
    assert "".join(cut).count("echo") == 2000


def test_an_empty_page_has_no_parts() -> None:
    assert parts(replace(PAGE, body=" \n")) == ()
