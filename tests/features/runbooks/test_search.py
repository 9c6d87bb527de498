"""Runbooks found by the words people type, and nothing they type breaks it."""

from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.features.runbooks.search import Index
from tests.features.runbooks.pages import TODAY, page

BODY = "## Symptoms\n\n- {}\n\n## First five minutes\n\n1. Look at it.\n"
PAGES = (
    page("disk-filling", 'match: [{alertname: "NodeFilesystem(SpaceFillingUp|AlmostOutOfSpace)"}]',
         BODY.format("No space left on device; writes fail."), title="Disk filling"),
    page("crash-loop", "", BODY.format("A pod restarts again and again; the disk is fine."), title="Crash-looping pod"),
    page("checkout-slow", "services: [checkout, payments]", BODY.format("Pages load <slowly> for **everybody**."),
         title="Checkout is slow", reviewed="2025-08-01"),
    page("dns", "", BODY.format("Имя не найдено; 名前解決に失敗しました."), title="DNS failure"),
)  # fmt: skip


@pytest.fixture(scope="module")
def index() -> Iterator[Index]:
    index = Index(PAGES)
    yield index
    index.close()


def slugs(index: Index, query: str) -> list[str]:
    return [hit.runbook.slug for hit in index.search(query, TODAY).hits]


def test_a_word_in_the_title_comes_before_one_in_the_text(index: Index) -> None:
    assert slugs(index, "disk") == ["disk-filling", "crash-loop"]


def test_other_forms_and_half_words_are_found(index: Index) -> None:
    assert slugs(index, "restarting pods") == ["crash-loop"]
    assert slugs(index, "fill") == ["disk-filling"]


def test_a_service_finds_its_pages_and_says_so(index: Index) -> None:
    (hit,) = index.search("payments", TODAY).hits
    assert (hit.runbook.slug, hit.why) == ("checkout-slow", "for payments")


def test_an_alert_name_finds_its_page_whole_or_in_part(index: Index) -> None:
    (hit,) = index.search("NodeFilesystemAlmostOutOfSpace", TODAY).hits
    assert (hit.runbook.slug, hit.why) == ("disk-filling", "matches the alert NodeFilesystemAlmostOutOfSpace")
    assert slugs(index, "filesystem") == ["disk-filling"]


def test_why_is_one_plain_line_of_the_symptoms(index: Index) -> None:
    (hit,) = index.search("slow pages", TODAY).hits
    assert hit.why == "Pages load <slowly> for everybody."


def test_wrong_letters_are_put_right_and_told(index: Index) -> None:
    found = index.search("chekout slwo", TODAY)
    assert [hit.runbook.slug for hit in found.hits] == ["checkout-slow"]
    assert found.meant == "checkout slow"
    assert index.search("checkout slow", TODAY).meant is None


def test_when_no_page_has_all_words_those_with_some_are_shown(index: Index) -> None:
    assert slugs(index, "disk zzzzzzzz") == ["disk-filling", "crash-loop"]
    assert set(slugs(index, "payments device")) == {"checkout-slow", "disk-filling"}


def test_nothing_found_gives_the_nearest_three_titles(index: Index) -> None:
    found = index.search("qqqqwwww", TODAY)
    assert found.hits == ()
    assert len(found.nearest) == 3
    assert index.search("xdiskfillingx", TODAY).nearest[0].slug == "disk-filling"


def test_other_scripts_are_found(index: Index) -> None:
    assert slugs(index, "найдено") == ["dns"]
    assert slugs(index, "名前解決に失敗しました") == ["dns"]


def test_a_page_not_reviewed_for_a_year_is_marked(index: Index) -> None:
    (hit,) = index.search("checkout", TODAY).hits
    assert hit.stale
    (fresh,) = index.search("checkout", date(2026, 7, 31)).hits
    assert not fresh.stale


def test_a_library_without_pages_finds_nothing() -> None:
    index = Index(())
    assert index.search("disk", TODAY) == index.search("", TODAY)
    assert index.search("disk", TODAY).nearest == ()
    index.close()


fts_orders = st.sampled_from(
    ['"', "'", "*", "(", ")", "NEAR(", " AND ", " OR ", " NOT ", "title:", "^", "-", "{", "}", "+", ":"]
)


@given(st.one_of(st.text(max_size=300), st.lists(st.one_of(fts_orders, st.text(max_size=5)), max_size=30).map("".join)))
@example("")
@example('"' * 10_000)
@example("a OR " * 2_000)
@example("disk " * 2_000)
@example("x" * 10_000)
@example("\x00\x00disk\x00")
@example("\ud800 disk \udfff")
@example("🔥🔥🔥")
@example("'; DROP TABLE pages; --")
@example("title : disk NEAR(a b, 3)")
@example("ﷺ हिन्दी ภาษาไทย ½ ²")
@example("𞤀𞤣𞤤𞤢𞤥")
def test_any_query_gets_a_clean_answer(index: Index, query: str) -> None:
    found = index.search(query, TODAY)
    assert bool(found.hits) != bool(found.nearest)
    assert len(found.hits) <= 5
    for hit in found.hits:
        assert 0 < len(hit.why) <= 121
        assert "\n" not in hit.why


def test_hostile_words_beside_a_good_one_do_not_hide_it(index: Index) -> None:
    for query in ('disk" OR "', "NOT disk", "disk*", "title:disk", "disk:::", "(disk", "disk'; --"):
        assert slugs(index, query)[0] == "disk-filling"
