"""A day's checklist of a team: what was seen, what is new about it, and what people did about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum, StrEnum

from bot.domain.check import Item, Status, worst
from bot.domain.finding import Finding, Line, covers


class News(Enum):
    """What is new about a trouble since the last digest; in the order of urgency."""

    NEW = "new"
    WORSE = "worse"
    OLD = "day"
    NONE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """Something that was wrong in the last digest, and is seen to be right now."""

    item: Item
    title: str


class HandKind(StrEnum):
    CLAIM = "claim"
    DONE = "done"
    SNOOZE = "snooze"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """What a person did about an item. A snooze remembers the troubles it covers, by identity with their status."""

    id: int
    item: Item
    kind: HandKind
    who: str
    at: datetime
    words: str = ""
    until: date | None = None
    at_status: Status | None = None
    findings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDuty:
    """Who is on call on that day: `user` is Slack's id, when known; `trouble` why it could not be asked."""

    names: Sequence[tuple[str, str | None]] = ()
    trouble: str | None = None
    asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A refresh that goes on."""

    done: int
    of: int
    at: datetime

    def goes_on(self, now: datetime) -> bool:
        """One that tells nothing for two minutes does not go on any more."""
        return now - self.at < timedelta(minutes=2)


class DigestState(StrEnum):
    FRESH = "fresh"
    """Made because somebody looked; not (yet) posted."""
    ASKED = "asked"
    POSTED = "posted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One that was uploaded: its id, and what it says in words."""

    file: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A team's checklist on a day. `hidden` items are not in it."""

    id: int
    team: str
    day: date
    due_at: datetime
    state: DigestState = DigestState.FRESH
    checked_at: datetime | None = None
    posted_at: datetime | None = None
    duration: float = 0.0
    late: bool = False
    compared: date | None = None
    """The day of the digest it was compared with; None for a team's first."""
    lines: Sequence[Line] = ()
    fixed: Sequence[Fixed] = ()
    on_call: OnDuty = OnDuty()
    progress: Progress | None = None
    chart: Picture | None = None
    hands: Sequence[Hand] = ()
    hidden: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """As buttons carry it."""
        return f"dg-{self.id}"

    @property
    def counts(self) -> Mapping[Status, int]:
        return {status: sum(line.status is status for line in self.lines) for status in Status}

    @property
    def items(self) -> Sequence["ItemDay"]:
        """The items in the order of the page."""
        return [self.item(item) for item in Item if item.value not in self.hidden]

    def item(self, item: Item) -> "ItemDay":
        return ItemDay(
            item=item,
            day=self.day,
            compared=self.compared,
            lines=[line for line in self.lines if line.item is item],
            hands={hand.kind: hand for hand in self.hands if hand.item is item},
        )

    @property
    def needing(self) -> Sequence["ItemDay"]:
        """What needs a person, most urgent first."""
        return sorted((one for one in self.items if one.needs), key=lambda one: one.urgency)

    @property
    def nothing_connected(self) -> bool:
        return not self.lines

    @property
    def nothing_known(self) -> bool:
        return bool(self.lines) and all(line.status is Status.UNKNOWN for line in self.lines)

    @property
    def all_ok(self) -> bool:
        """Every shown item was checked, and is well."""
        shown = self.items
        return bool(shown) and all(one.status is Status.OK for one in shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDay:
    """An item on a day: as bad as its worst check, with what people did about it."""

    item: Item
    day: date
    compared: date | None
    lines: Sequence[Line]
    hands: Mapping[HandKind, Hand]

    @property
    def by_hand(self) -> bool:
        return not self.lines

    @property
    def status(self) -> Status | None:
        """None for an item by hand: no system answers it."""
        return worst(line.status for line in self.lines) if self.lines else None

    @property
    def checked_at(self) -> datetime | None:
        """When its checks were last asked."""
        return max((line.at for line in self.lines if line.at is not None), default=None)

    @property
    def word(self) -> str:
        """As JSON says it."""
        return "manual" if self.status is None else self.status.value

    @property
    def claim(self) -> Hand | None:
        return self.hands.get(HandKind.CLAIM)

    @property
    def done(self) -> Hand | None:
        return self.hands.get(HandKind.DONE)

    @property
    def snooze(self) -> Hand | None:
        """The snooze that holds: its day has not come, and nothing got worse since."""
        found = self.hands.get(HandKind.SNOOZE)
        if found is None or found.until is None or found.until <= self.day or self.status is Status.OK:
            return None
        return None if self._worse_than(found.findings) else found

    @property
    def snooze_said(self) -> Hand | None:
        """The snooze as it was said, whether it still holds or was broken by something worse."""
        return self.hands.get(HandKind.SNOOZE)

    @property
    def handled(self) -> bool:
        """A person did something and no later check says that it was not enough. Only a check makes it ok."""
        if self.done is None or self.status is Status.OK:
            return False
        return self.checked_at is None or self.checked_at <= self.done.at

    @property
    def needs(self) -> bool:
        return self.status is not Status.OK and self.snooze is None and not self.handled

    @property
    def bad_lines(self) -> Sequence[Line]:
        """Checks that are not ok, the one to lead with first."""
        return sorted((line for line in self.lines if line.bad), key=self._line_order)

    @property
    def lead(self) -> tuple[Line, Finding] | None:
        """The worst finding of the item: new ones before older ones."""
        if self.status in (None, Status.OK):
            return None
        line = self.bad_lines[0]
        worst_ones = [one for one in line.troubles if one.status is line.status]
        return line, min(worst_ones, key=self._age_order)

    @property
    def news(self) -> News:
        return self.news_of(self.lead[1]) if self.lead else News.NONE

    @property
    def days(self) -> int:
        """For how many days the leading finding has stood, today included."""
        found = self.lead
        return (self.day - found[1].first).days + 1 if found and found[1].first else 1

    def news_of(self, finding: Finding) -> News:
        if finding.first is None or self.compared is None:
            return News.NONE
        if finding.was is None:
            return News.NEW
        return News.WORSE if finding.status.rank > finding.was.rank else News.OLD

    @property
    def urgency(self) -> tuple[int, int, date, int]:
        """Sorts by fail, unknown, warn, by hand; inside each new, worse, oldest."""
        found = self.lead
        order = list(News).index(self.news)
        return (-self.status.rank if self.status else 0, order, _first(found[1] if found else None), self._place)

    @property
    def _place(self) -> int:
        return list(Item).index(self.item)

    def _age_order(self, finding: Finding) -> tuple[int, date]:
        return list(News).index(self.news_of(finding)), _first(finding)

    def _line_order(self, line: Line) -> tuple[int, int, date, str]:
        best = min(self._age_order(one) for one in line.troubles if one.status is line.status)
        return -line.status.rank, *best, line.name

    def _worse_than(self, covered: Mapping[str, str]) -> bool:
        """A trouble that the snooze does not cover, or one that was less bad then."""
        return any(one.status.rank > _rank_covered(line, one, covered) for line in self.lines for one in line.troubles)

    @property
    def covered(self) -> Mapping[str, str]:
        """What a snooze from now on covers."""
        return {covers(line, one): one.status.value for line in self.lines for one in line.troubles}


def _rank_covered(line: Line, finding: Finding, covered: Mapping[str, str]) -> int:
    """How bad a trouble may be without waking its snooze. A silent check covers itself by what it said before."""
    status = covered.get(covers(line, finding))
    if status is not None:
        return Status(status).rank
    if finding.key == "":
        prefix = covers(line, finding)
        return max((Status(known).rank for name, known in covered.items() if name.startswith(prefix)), default=0)
    return 0


def _first(finding: Finding | None) -> date:
    return finding.first if finding and finding.first else date.max
