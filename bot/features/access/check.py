"""What the checklist says of the access review: due, overdue, not whole, and what came in since. Numbers, no names."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.domain.access import Holder
from bot.domain.capabilities import DailyCheck
from bot.domain.check import Answer, Check, Evidence, Item, Status, worst
from bot.features.access.periods import name_of
from bot.features.access.service import Reviews, tally
from bot.slack.blocks import count
from bot.store.access import Decision, Entry, Review

_TOO_OLD: Final = timedelta(days=2)
"""So long ago, what was collected tells nothing of now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewCheck(DailyCheck):
    """For one team: others are not asked."""

    reviews: Reviews
    team: str

    def checks(self) -> Sequence[Check]:
        if self.reviews.rules is None or self.reviews.team.name != self.team:
            return ()
        question = "Is the access review done, and did anybody get much access since?"
        return (Check(name="daywatch.access_review", item=Item.SECURITY, question=question, ask=self.ask),)

    async def ask(self) -> Answer:
        review = await self.reviews.current()
        if review is None or review.collected_at is None:
            return Answer.unknown("It was not collected yet who may do what; this happens some minutes after a start")
        due = self._due(review)
        others = [*_arrived(review), *_left_over(review), *_unread(review), *self._old(review)]
        evidence = sorted([due, *others], key=lambda one: -one.status.rank)
        status = worst(one.status for one in evidence)
        also = [one.title for one in evidence if one is not due and one.status is not Status.OK]
        summary = " · ".join([due.title, *also[:1]])
        return Answer(
            status=status, summary=summary, evidence=evidence, reason=summary if status is Status.UNKNOWN else None
        )

    def _due(self, review: Review) -> Evidence:
        title = f"Access review for {name_of(review.period)}"
        if review.signed_at is not None:
            kept, removed = tally(review)
            return Evidence(
                key="review",
                title=f"{title} is signed off",
                status=Status.OK,
                since=review.signed_at,
                detail=f"{kept} kept, {removed} to remove",
            )
        late = self.reviews.overdue_from(review)
        overdue = late is not None and self.reviews.clock() >= late
        left = count(len(review.undecided), "entry", "entries")
        return Evidence(
            key="review",
            title=f"{title} is {'overdue' if overdue else 'due'}",
            status=Status.FAIL if overdue else Status.WARN,
            since=review.opened_at,
            detail=f"{left} to decide upon",
        )

    def _old(self, review: Review) -> Sequence[Evidence]:
        at = review.collected_at
        if at is None or self.reviews.clock() - at <= _TOO_OLD:
            return ()
        return (
            Evidence(
                key="collected", title="Who may do what was not collected lately", status=Status.UNKNOWN, since=at
            ),
        )


def _arrived(review: Review) -> Sequence[Evidence]:
    """What nobody has decided upon and was not there at the last review: much access fails until somebody does."""
    fresh = [one for one in review.undecided if not one.news.calm]
    strong = [one for one in fresh if one.access.strong]
    outside = [one for one in fresh if not one.access.strong and one.access.holder is Holder.GUEST]
    return (
        [
            _counted("strong", strong, "with much access", Status.FAIL),
            _counted("outside", outside, "from outside", Status.WARN),
        ]
        if fresh
        else []
    )


def _counted(key: str, entries: Sequence[Entry], what: str, status: Status) -> Evidence:
    systems = ", ".join(sorted({one.access.system for one in entries})[:3])
    number = count(len(entries), "new entry", "new entries")
    since = min((one.seen_at for one in entries), default=None)
    return Evidence(
        key=key,
        title=f"{number} {what}" if entries else f"Nothing new {what}",
        status=status if entries else Status.OK,
        since=since,
        detail=systems,
    )


def _left_over(review: Review) -> Sequence[Evidence]:
    left = [one for one in review.entries if one.decision is Decision.REMOVE] if review.signed_at else []
    if not left:
        return ()
    verb = "is" if len(left) == 1 else "are"
    title = f"{count(len(left), 'entry', 'entries')} to be taken away {verb} still there"
    return (Evidence(key="left", title=title, status=Status.WARN, since=review.signed_at),)


def _unread(review: Review) -> Sequence[Evidence]:
    return [
        Evidence(key=f"unread:{source}:{number}", title=why, status=Status.UNKNOWN, detail=source)
        for number, (source, why) in enumerate(review.unread)
    ]
