"""The gallery shows the bot's surfaces as its views draw them today, and everything in it is legal."""

from bot.local.page.gallery import surfaces
from tests import gallery


def test_the_bots_own_surfaces_are_as_its_views_draw_them() -> None:
    assert gallery.FILE.read_text(encoding="utf-8") == gallery.written(), "stale: python -m tests.gallery"


def test_nothing_in_it_would_be_refused() -> None:
    assert {each.title: each.problems for each in surfaces() if each.problems} == {}
    assert len({each.name for each in surfaces()}) == len(surfaces())
