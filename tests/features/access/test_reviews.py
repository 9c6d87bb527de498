"""The access review: collected, shown, decided by somebody else than whose it is, signed off, and forgotten in time."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.acts import Acts, Next, Post, Reply, Start, Wrong
from bot.domain.access import Access, AccessFound, Holder
from bot.domain.capabilities import AccessList
from bot.domain.check import Answer, Item, Status
from bot.domain.errors import NotAuthorised
from bot.domain.plan import AccessReviews, Plan, Team
from bot.features.access import presses, schedule, surfaces, views
from bot.features.access.check import ReviewCheck
from bot.features.access.periods import name_of, period_of
from bot.slack.fit import fit, fit_view
from bot.slack.flatten import words_of
from bot.slack.habits import habits
from bot.slack.limits import problems
from bot.slack.message import Message, View
from bot.store.access import AccessRows, Decision, News
from tests.fakes.names import ANN, KIM
from tests.features.access.conftest import NOW, USUAL, Listed, Place, access
from tests.slack.hostile import TEXTS

DECEMBER = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
KEY = "access.review:2026-11"


def shape_of(thing: Message | View) -> dict[str, Any]:
    shape = fit(thing) if isinstance(thing, Message) else fit_view(thing)
    assert (problems(shape), habits(shape)) == ([], [])
    return shape


def view_of(acts: Acts) -> View:
    (shown,) = [act for act in acts if isinstance(act, Next)]
    return shown.view


def read(acts: Acts) -> str:
    return "\n".join(words_of(block) for block in shape_of(view_of(acts))["blocks"])


def buttons(acts: Acts) -> list[str]:
    blocks = shape_of(view_of(acts))["blocks"]
    return [one["text"]["text"] for block in blocks if block["type"] == "actions" for one in block["elements"]]


async def message(place: Place, period: str = "2026-11") -> str:
    drawn = await surfaces.review(place.reviews, period)
    assert drawn is not None
    assert drawn.channel == "#platform-ops"
    return json.dumps(shape_of(drawn.message), ensure_ascii=False)


async def checked(place: Place) -> Answer:
    (check,) = ReviewCheck(reviews=place.reviews, team="platform").checks()
    assert (check.name, check.item) == ("daywatch.access_review", Item.SECURITY)
    return await check.ask()


async def keep_everything(place: Place) -> None:
    """By two people, since each has something themselves."""
    for person in (KIM, ANN):
        for entry in (await place.review()).undecided:
            await place.do(presses.keep, person=person, key=f"{entry.id}:0")


async def signed(place: Place) -> None:
    await place.collect()
    await keep_everything(place)
    acts = await place.do(presses.sign, private={"period": place.reviews.period})
    assert Post(f"access.review:{place.reviews.period}") in acts


# Collected.


async def test_without_rules_nothing_is_collected_asked_or_shown(place: Place) -> None:
    place.plan = Plan()
    assert await schedule.collect(place.reviews, NOW) == ()
    assert ReviewCheck(reviews=place.reviews, team="ops").checks() == ()
    (reply,) = await place.do(presses.show)
    assert isinstance(reply, Reply)
    assert "access_reviews" in reply.message.text
    assert await place.collect() == []


async def test_the_clock_collects_before_the_digest_and_half_a_day_later(place: Place) -> None:
    """The digest comes at 08:30 in Berlin, which is an hour before UTC in November."""
    team = Team(name="platform", timezone="Europe/Berlin")
    place.plan = Plan(teams=(team,), access_reviews=AccessReviews())

    async def once(hour: int, minute: int) -> str:
        (start,) = await schedule.collect(place.reviews, NOW.replace(hour=hour, minute=minute))
        assert isinstance(start, Start)
        assert start.flow == "access.collect"
        return start.once

    night, morning, evening = await once(0, 0), await once(7, 15), await once(19, 15)
    assert night == await once(7, 14)
    assert morning == await once(19, 14)
    assert evening == await once(23, 59)
    assert len({night, morning, evening}) == 3


async def test_the_channel_sees_numbers_and_the_digest_of_the_team_says_due(place: Place) -> None:
    assert await place.collect() == [Post(KEY)]
    shown = await message(place)
    assert "Access review for November" in shown
    assert "5 entries · 5 to decide upon" in shown
    for entry in USUAL:
        assert entry.principal not in shown
        assert (entry.email or "@example.com") not in shown
    answer = await checked(place)
    assert (answer.status, answer.evidence[0].title) == (Status.WARN, "Access review for November is due")
    assert ReviewCheck(reviews=place.reviews, team="shop").checks() == ()


async def test_before_it_was_collected_and_long_after_nothing_is_known(place: Place) -> None:
    answer = await checked(place)
    assert answer.status is Status.UNKNOWN
    assert answer.reason
    (reply,) = await place.do(presses.show)
    assert isinstance(reply, Reply)
    await signed(place)
    assert (await checked(place)).status is Status.OK
    place.now += timedelta(days=3)
    assert (await checked(place)).status is Status.UNKNOWN


@pytest.mark.parametrize(("days", "status"), [(13, Status.WARN), (15, Status.FAIL)])
async def test_a_review_that_nobody_does_becomes_overdue(place: Place, days: int, status: Status) -> None:
    await place.collect()
    place.now += timedelta(days=days)
    await place.collect()
    assert (await checked(place)).status is status
    assert ("overdue" in await message(place)) == (status is Status.FAIL)


class Stuck(AccessList):
    @property
    def source(self) -> str:
        return "stuck"

    async def access(self) -> AccessFound:
        await asyncio.Event().wait()
        raise AssertionError


async def test_what_could_not_be_read_is_unknown_and_said(place: Place) -> None:
    await signed(place)
    place.lists += [
        Listed(name="github", trouble=NotAuthorised("GitHub refused. Give it the right to read members.")),
        Listed(name="gitlab", found=[access("zoe", system="gitlab")], unread=("Its tokens need the role owner.",)),
        Listed(name="broken", trouble=RuntimeError("x")),
        Stuck(),
    ]
    await place.collect()
    answer = await checked(place)
    assert answer.status is Status.UNKNOWN
    assert {one.title for one in answer.evidence if one.status is Status.UNKNOWN} == {
        "GitHub refused. Give it the right to read members.",
        "Its tokens need the role owner.",
        "broken: our own mistake, see the log",
        "stuck gave no answer in 0 s",
    }
    assert "Access review for November" in await message(place)
    assert "Give it the right to read members" in read(await place.do(presses.show))


async def test_who_a_source_did_not_tell_of_is_not_gone(place: Place) -> None:
    await place.collect()
    place.lists = [Listed(found=USUAL[:1], unread=("half of it",))]
    await place.collect()
    assert len((await place.review()).entries) == 5
    place.lists = [Listed(trouble=NotAuthorised("no"))]
    await place.collect()
    assert len((await place.review()).entries) == 5
    place.lists = [Listed(found=USUAL[:1])]
    await place.collect()
    assert [one.access.principal for one in (await place.review()).entries] == ["ana"]


async def test_more_than_anybody_looks_through_is_not_whole(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.features.access.service.MOST", 3)
    await place.collect()
    review = await place.review()
    assert (len(review.entries), "more than 3" in review.unread[0][1]) == (3, True)


# Looked at and decided.


async def test_the_list_shows_what_matters_first_each_with_its_buttons(place: Place) -> None:
    await place.collect()
    acts = await place.do(presses.show)
    shown = read(acts)
    order = [shown.index(name) for name in ("ana", "guest-7", "key-1", "ben", "Kim")]
    assert order == sorted(order)
    assert "from outside" in shown
    assert "never expires" in shown
    assert "Yours: somebody else decides." in shown
    assert buttons(acts).count("Keep") == 4
    assert "Keep these 4" in buttons(acts)
    assert view_of(acts).submit is None


async def test_keeping_and_taking_back_is_written_down_without_names(place: Place) -> None:
    await place.collect()
    number = await place.entry("ben")
    acts = await place.do(presses.keep, key=f"{number}:0")
    assert "kept by Kim" in read(acts)
    assert [act.key for act in acts if isinstance(act, Post)] == [KEY]
    assert "5 entries · 4 to decide upon" in await message(place)
    await place.do(presses.undo, key=f"{number}:0", person=ANN)
    told = await place.audit(f"access:2026-11/{number}")
    assert told == [(KIM.id, "access.keep", "first"), (ANN.id, "access.undo", "first")]
    assert (await place.review()).undecided


@pytest.mark.parametrize("handler", [presses.keep, presses.undo, presses.remove])
async def test_nobody_decides_about_their_own(place: Place, handler: Any) -> None:
    place.lists = [
        Listed(
            found=[
                access("a", email="KIM@example.com"),
                access("b", person=KIM.id, email="other@example.com"),
                access("kim"),
                access("kim@example.com"),
            ]
        )
    ]
    await place.collect()
    for entry in (await place.review()).entries:
        acts = await place.do(handler, key=f"{entry.id}:0", private={"entry": entry.id, "offset": 0})
        assert "This is yours" in read(acts)
    await place.do(presses.keep_page, key="0")
    review = await place.review()
    assert len(review.undecided) == 4
    assert "4 entries are yours" in read(await place.do(presses.show))
    await place.do(presses.keep_page, key="0", person=ANN)
    assert not (await place.review()).undecided


async def test_somebody_else_s_mail_decides_over_a_name_that_is_alike(place: Place) -> None:
    place.lists = [Listed(found=[access("kim", email="kim@elsewhere.example")])]
    await place.collect()
    number = await place.entry("kim")
    assert "kept by Kim" in read(await place.do(presses.keep, key=f"{number}:0"))


async def test_to_be_taken_away_names_who_does_it_and_where(place: Place) -> None:
    await place.collect()
    number = await place.entry("guest-7")
    form = await place.do(presses.remove_form, key=f"{number}:0")
    assert view_of(form).callback_id == views.REMOVE_FORM
    memory = dict(view_of(form).memory)
    bad = await place.do(presses.remove, private=memory, values={"ticket": "javascript:alert(1)"})
    assert [type(act) for act in bad] == [Wrong]
    sent = {"owner": ANN.id, "ticket": "https://jira.example.com/browse/OPS-1"}
    acts = await place.do(presses.remove, private=memory, values=sent)
    assert f"to be taken away, says Kim, Ann does it · <{sent['ticket']}|ticket>" in read(acts)
    entry = await AccessRows(place.store).entry(number)
    assert entry is not None
    assert (entry.decision, entry.owner, entry.ticket) == (Decision.REMOVE, ANN.id, sent["ticket"])


async def test_a_changed_role_voids_the_decision(place: Place) -> None:
    await place.collect()
    number = await place.entry("ben")
    await place.do(presses.keep, key=f"{number}:0")
    place.lists = [Listed(found=[replace(one, role="Admin") if one.principal == "ben" else one for one in USUAL])]
    await place.collect()
    review = await place.review()
    (ben,) = [one for one in review.entries if one.access.principal == "ben"]
    assert (ben.access.role, ben.decision) == ("Admin", None)
    assert "not there any more" in read(await place.do(presses.keep, key=f"{number}:0"))
    place.lists = [Listed(found=USUAL)]
    await place.collect()
    (ben,) = [one for one in (await place.review()).entries if one.access.principal == "ben"]
    assert (ben.access.role, ben.decision) == ("viewer", None)  # who was gone and is back was not decided upon


async def test_only_what_is_wholly_decided_is_signed_off(place: Place) -> None:
    await place.collect()
    acts = await place.do(presses.sign, private={"period": "2026-11"})
    assert "to be decided upon first" in read(acts)
    await keep_everything(place)
    assert view_of(await place.do(presses.show)).submit == "Sign off"
    acts = await place.do(presses.sign, private={"period": "2026-10"})
    assert "A new period has begun" in read(acts)
    await place.do(presses.sign, private={"period": "2026-11"})
    assert "signed off by Kim" in await message(place)
    assert (KIM.id, "access.signed", "5 kept, 0 to remove") in await place.audit("access:2026-11")
    assert "Kim has signed it off already" in read(await place.do(presses.sign, private={"period": "2026-11"}))
    number = await place.entry("ben")
    assert "signed off already" in read(await place.do(presses.undo, key=f"{number}:0", person=ANN))
    assert "Undo" not in buttons(await place.do(presses.show, person=ANN))


async def test_many_are_shown_in_pages_and_kept_by_the_page(place: Place) -> None:
    place.lists = [Listed(found=[access(f"u{number:02}") for number in range(20)])]
    await place.collect()
    first = await place.do(presses.show)
    assert {"Later", "Keep these 8"} <= set(buttons(first))
    last = await place.do(presses.show, key="16")
    assert "Earlier" in buttons(last)
    assert "u19" in read(last)
    await place.do(presses.keep_page, key="8")
    review = await place.review()
    assert [one.access.principal for one in review.entries if one.decision] == [f"u{n:02}" for n in range(8, 16)]
    assert "u16" in read(await place.do(presses.show, key="999"))


# The next one.


async def test_the_next_review_shows_the_differences_first_and_keeps_the_rest_at_once(place: Place) -> None:
    await place.collect()
    number = await place.entry("guest-7")
    await place.do(presses.remove, private={"entry": number, "offset": 0})
    await keep_everything_but(place, number)
    await place.do(presses.sign, private={"period": "2026-11"})
    place.now = DECEMBER
    changed = [replace(one, role="writer") if one.principal == "ben" else one for one in USUAL]
    place.lists = [Listed(found=[*changed, access("zoe", "Admin", strong=True)])]
    await place.collect()
    review = await place.review()
    assert [(one.access.principal, one.news) for one in review.entries[:3]] == [
        ("guest-7", News.STILL),
        ("zoe", News.NEW),
        ("ben", News.ROLE),
    ]
    assert "1 not taken away · 1 new · 1 with another role · 3 unchanged" in await message(place, "2026-12")
    shown = await place.do(presses.show, person=ANN)
    assert "was to be taken away" in read(shown)
    assert "was viewer" in read(shown)
    assert "Keep unchanged" in buttons(shown)
    await place.do(presses.keep_same, person=ANN, key="0")
    assert {one.access.principal for one in (await place.review()).undecided} == {"guest-7", "zoe", "ben"}
    assert (ANN.id, "access.keep", "3 at once") in await place.audit("access:2026-12")


async def keep_everything_but(place: Place, number: int) -> None:
    for person in (KIM, ANN):
        for entry in (await place.review()).undecided:
            if entry.id != number:
                await place.do(presses.keep, person=person, key=f"{entry.id}:0")


async def test_much_access_that_came_after_the_sign_off_fails_until_somebody_decides(place: Place) -> None:
    await signed(place)
    place.now = DECEMBER
    await signed(place)
    assert (await checked(place)).status is Status.OK
    place.now += timedelta(hours=6)
    place.lists = [Listed(found=[*USUAL, access("zoe", "Admin", strong=True), access("x", holder=Holder.GUEST)])]
    await place.collect()
    answer = await checked(place)
    assert [(one.key, one.status) for one in answer.evidence[:2]] == [("strong", Status.FAIL), ("outside", Status.WARN)]
    assert "zoe" not in str(answer)
    for name in ("zoe", "x"):
        number = await place.entry(name)
        await place.do(presses.keep, key=f"{number}:0")
    assert (await checked(place)).status is Status.OK


async def test_what_was_to_be_taken_away_is_brought_up_until_it_is_gone(place: Place) -> None:
    await place.collect()
    number = await place.entry("guest-7")
    await place.do(presses.remove, private={"entry": number, "offset": 0})
    await keep_everything_but(place, number)
    acts = await place.do(presses.sign, private={"period": "2026-11"})
    assert "4 kept, 1 to be taken away" in read(acts)
    answer = await checked(place)
    assert (answer.status, answer.evidence[0].title) == (
        Status.WARN,
        "1 entry to be taken away is still there",
    )
    place.lists = [Listed(found=[one for one in USUAL if one.principal != "guest-7"])]
    await place.collect()
    assert (await checked(place)).status is Status.OK


async def test_a_review_that_nobody_did_says_so_when_the_next_begins(place: Place) -> None:
    await place.collect()
    place.now = DECEMBER
    assert await place.collect() == [Post("access.review:2026-12"), Post(KEY)]
    shown = await message(place)
    assert "Access review for November was not signed off" in shown
    assert views.REVIEW not in shown
    assert views.REVIEW in await message(place, "2026-12")
    assert await place.collect() == [Post("access.review:2026-12")]
    assert {one.news for one in (await place.review()).entries} == {News.FIRST}


async def test_names_are_forgotten_and_the_log_stays(place: Place) -> None:
    await signed(place)
    assert await AccessRows(place.store).prune(NOW + timedelta(days=1)) == 1
    assert await place.reviews.current() is None
    assert (KIM.id, "access.signed", "5 kept, 0 to remove") in await place.audit("access:2026-11")


# Looks.


def hostile(text: str) -> Sequence[Access]:
    return [
        access(
            f"{number}{text}", text, title=text, note=text, system=text or "s", strong=True, last_used=NOW, expires=NOW
        )
        for number in range(8)
    ]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_hostile_names_fit_and_stay_text(place: Place, text: str) -> None:
    place.lists = [Listed(name=text or "x", found=hostile(text), unread=[text] * 9)]
    await place.collect()
    acts = await place.do(presses.show)
    shape_of(view_of(acts))
    await message(place)
    number = (await place.review()).entries[0].id
    shape_of(view_of(await place.do(presses.remove_form, key=f"{number}:0")))
    await place.do(presses.remove, private={"entry": number, "offset": 0})
    await place.do(presses.keep_page, key="0")
    shape_of(view_of(await place.do(presses.show)))
    shape_of(view_of(await place.do(presses.sign, private={"period": "2026-11"})))


def test_periods_are_months_or_quarters() -> None:
    day = NOW.date()
    assert (period_of(day, "month"), period_of(day, "quarter")) == ("2026-11", "2026-Q4")
    assert (name_of("2026-11"), name_of("2026-Q4")) == ("November", "Q4 2026")


def test_a_team_that_is_not_there_stops_the_settings() -> None:
    with pytest.raises(ValueError, match="there is no team 'x'"):
        Plan(access_reviews=AccessReviews(team="x"))
