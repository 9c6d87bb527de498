"""Text as Slack means it, and nothing foreign as markup."""

from zoneinfo import ZoneInfo

import pytest

from bot.local.keep import Keep
from bot.local.page.emoji import emoji, with_emoji
from bot.local.page.markdown import markdown
from bot.local.page.moments import picked, written, zone_named
from bot.local.page.words import Words
from bot.local.slack.seed import Ids
from bot.local.slack.world import World

BERLIN = ZoneInfo("Europe/Berlin")
MORNING = 1_795_419_000  # Mon 23 Nov 2026, 08:30 in Berlin
LATER = MORNING + 3_600


@pytest.fixture
def words() -> Words:
    world = World(shelf=Keep(None), ids=Ids.of("LOCAL"), now=lambda: LATER)
    return Words(world, zone=BERLIN, reader="U0ANN0001")


@pytest.mark.parametrize(
    ("given", "drawn"),
    [
        ("*bold* _italic_ ~struck~", "<strong>bold</strong> <em>italic</em> <s>struck</s>"),
        ("2 * 3 * 4 and snake_case_name", "2 * 3 * 4 and snake_case_name"),
        ("`a*b*c`", "<code>a*b*c</code>"),
        ("```\na\nb\n```\nafter", "<pre>a\nb</pre>after"),
        ("> one\n> two\nafter", "<blockquote>one\ntwo</blockquote>after"),
        ("&gt; typed by a person", "<blockquote>typed by a person</blockquote>"),
        ("a &lt;b&gt; &amp;amp; c", "a &lt;b&gt; &amp;amp; c"),
        (":tada: :no_such_thing:", "🎉 :no_such_thing:"),
        ("<@U0BOB0001>", '<span class="name">@Bob Brown</span>'),
        ("<@U0ANN0001>", '<span class="name me">@Ann Adams</span>'),
        ("<!subteam^S0ONCALL1|@oncall>", '<span class="name me">@oncall</span>'),
        ("<!here>", '<span class="name loud">@here</span>'),
        ("<javascript:alert(1)|click>", "click"),
        ("<!date^1795419000^{date_short_pretty} {time}|07:30 UTC>", '<time title="07:30 UTC">today 08:30</time>'),
        ("\x02 0\x03 \x00b\x01", " 0 b"),
    ],
)
def test_mrkdwn_is_drawn_as_slack_means_it(words: Words, given: str, drawn: str) -> None:
    assert str(words.mrkdwn(given)) == drawn


def test_marks_are_not_looked_for_inside_an_address(words: Words) -> None:
    drawn = str(words.mrkdwn("<https://x.io/_a_/*b*?c=1&amp;d=2|_see_ it>"))
    assert 'href="https://x.io/_a_/*b*?c=1&amp;d=2"' in drawn
    assert 'rel="noreferrer noopener"' in drawn


def test_a_channel_is_a_way_there_as_the_same_person(words: Words) -> None:
    assert 'href="/?as=ann&amp;place=C0ALERTS">#alerts</a>' in str(words.mrkdwn("<#C0ALERTS|alerts>"))


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("{date_num} {time_secs}", "2026-11-23 08:30:00"),
        ("{date_short}", "23 Nov"),
        ("{date_long}", "Monday, 23 November"),
        ("{date_pretty} at {time}", "today at 08:30"),
        ("{ago}", "1 hour ago"),
        ("{nothing} of it", "{nothing} of it"),
    ],
)
def test_dates_stand_in_the_readers_zone(form: str, shown: str) -> None:
    assert written(MORNING, form, BERLIN, LATER) == shown


def test_yesterday_is_told_by_the_readers_calendar() -> None:
    assert written(MORNING - 86_400, "{date_pretty}", BERLIN, LATER) == "yesterday"
    assert written(MORNING - 400 * 86_400, "{date_short}", BERLIN, LATER) == "19 Oct 2025"


def test_a_zone_that_nobody_knows_is_utc() -> None:
    for name in ("Mars/Base", "../../etc/passwd", "Europe", "x" * 200, ""):
        assert str(zone_named(name)) == "UTC"
    assert zone_named("Europe/Berlin") == BERLIN


def test_a_moment_that_was_not_changed_keeps_its_seconds() -> None:
    assert picked("2026-11-23T08:30", BERLIN) == str(MORNING)
    assert picked("2026-11-23T08:30", BERLIN, was=str(MORNING + 42)) == str(MORNING + 42)
    assert picked("2026-11-23T08:31", BERLIN, was=str(MORNING + 42)) == str(MORNING + 60)
    assert picked("soon", BERLIN) == ""


def test_an_emoji_is_a_picture_or_stays_its_name() -> None:
    assert (emoji("ice_cube"), emoji("warning"), emoji("nope")) == ("🧊", "⚠\ufe0f", ":nope:")
    assert with_emoji(":+1::skin-tone-3: 10:30:15") == "👍 10:30:15"


def test_plain_text_for_ears_has_names_and_no_marks(words: Words) -> None:
    assert words.plain("*<@U0BOB0001>* &lt;b&gt; `x`") == "@Bob Brown <b> x"


def test_markdown_is_drawn_without_html_images_or_scripts(words: Words) -> None:
    text = "# Title\n\n**b** <@U0BOB0001> <b>x</b> [bad](javascript:alert(1)) ![p](https://x.io/p.png)\n\n|a|b|\n|:-|-:|\n|1|2|"
    drawn = str(markdown(words, text))
    assert "<h1>Title</h1>" in drawn
    assert '<strong>b</strong> <span class="name">@Bob Brown</span> &lt;b&gt;x&lt;/b&gt;' in drawn
    assert "<img" not in drawn
    assert "href" not in drawn
    assert '<td class="at-right">2</td>' in drawn
    assert "style=" not in drawn
