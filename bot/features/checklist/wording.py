"""The words of a checklist: what a row says about its status, its age, its silence and its people."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from slack_sdk.models.blocks import RichTextElement

from bot.domain.check import Status
from bot.domain.digest import Digest, Hand, ItemDay, News
from bot.domain.finding import Finding, Known, Line
from bot.features.checklist.asking import OWN_MISTAKE
from bot.slack.blocks import SHORT_DAY, bold, date_mrkdwn, marks, short_name
from bot.slack.blocks import date as moment

NEAR = 6
"""Days back to which a weekday's name is clear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """What the words need to know: names of people, systems and severities, and the time (in the team's zone)."""

    name: Callable[[str], str]
    title: Callable[[str], str]
    severity: Callable[[str], str]
    now: datetime

    def system(self, line: Line) -> str:
        title = self.title(line.system)
        return f"{title} {line.instance}" if line.instance else title

    def silence(self, line: Line) -> str:
        """Why a check is unknown: who did not answer, how long we waited."""
        reason = line.reason or line.summary or "it did not say why"
        if reason.startswith("no answer"):
            return f"{self.system(line)} gave {reason}."
        if reason == OWN_MISTAKE:
            return f"{self.system(line)} could not be asked: {reason}."
        return reason if reason.endswith((".", "!", "?", "…")) else f"{reason}."

    def said(self, line: Line) -> str:
        """What a check says on a row: of several systems of a kind also which one; an unknown one names itself."""
        if line.status is Status.UNKNOWN:
            return self.silence(line)
        return f"{line.instance}: {line.summary}" if line.instance else line.summary

    def last_seen(self, known: Known | None) -> str:
        return f" Last seen {known.status} {self.day(known.day)}." if known else ""

    def day(self, day: date) -> str:
        """A weekday while it is near, else a date."""
        ago = (self.now.date() - day).days
        if ago == 0:
            return "today"
        return f"{day:%A}" if 1 <= ago <= NEAR else f"{day.day} {day:%b}"

    def until(self, day: date) -> str:
        """A coming day: "Mon", or "30 Nov" when it is further off."""
        ahead = (day - self.now.date()).days
        return f"{day:%a}" if 0 < ahead <= NEAR else f"{day.day} {day:%b}"

    def since(self, finding: Finding) -> RichTextElement | None:
        if finding.since is None:
            return None
        today = finding.since.astimezone(self.now.tzinfo).date() == self.now.date()
        return moment(finding.since, self.now, style=None if today else SHORT_DAY)


def mark(row: ItemDay) -> marks.Mark:
    return marks.STATUS[row.status] if row.status else marks.BY_HAND


def news_words(row: ItemDay) -> tuple[str, str]:
    """What is new about a row: the word that stands out, and what follows it."""
    match row.news:
        case News.NEW:
            return "new", ""
        case News.WORSE:
            was = row.lead[1].was if row.lead else None
            return "worse", f" (was {was})" if was else ""
        case News.OLD:
            return f"day {row.days}", ""
        case _:
            return "", ""


def news_rich(row: ItemDay) -> list[str | RichTextElement]:
    word, rest = news_words(row)
    return [" · ", bold(word), rest] if word else []


def news_mrkdwn(row: ItemDay) -> str:
    word, rest = news_words(row)
    return f" · *{word}*{rest}" if word else ""


def hand_of(row: ItemDay) -> Hand | None:
    """The hand to tell of: the newest of done and claim that still means something."""
    return row.done or row.claim


def hand_rich(row: ItemDay, teller: Teller) -> list[str | RichTextElement]:
    """`claimed by Ann 08:41`, or `handled by Ann 08:52 · still fail at 08:30`."""
    hand = hand_of(row)
    if hand is None:
        return []
    verb = "handled" if hand is row.done else "claimed"
    told: list[str | RichTextElement] = [f" · {verb} by {teller.name(hand.who)} ", moment(hand.at, teller.now)]
    if hand is row.done and row.status is not None and row.checked_at is not None:
        told += [f" · still {row.status} at ", moment(row.checked_at, teller.now)]
    return told


def hand_mrkdwn(row: ItemDay, teller: Teller) -> str:
    hand = hand_of(row)
    if hand is None:
        return ""
    verb = "handled" if hand is row.done else "claimed"
    told = f" · {verb} by {short_name(teller.name(hand.who), 40)} {date_mrkdwn(hand.at, teller.now)}"
    if hand is row.done and row.status is not None and row.checked_at is not None:
        told += f" · still {row.status} at {date_mrkdwn(row.checked_at, teller.now)}"
    return told


def needs_you(digest: Digest) -> str:
    """`5 of 9 need you`."""
    count, of = len(digest.needing), len(digest.items)
    if not count:
        return "Nothing needs you"
    return f"{count} of {of} {'needs' if count == 1 else 'need'} you"


def hand_plain(row: ItemDay, teller: Teller) -> str:
    """For a terminal: `, handled by Ann`, `, snoozed until Mon`."""
    if row.snooze is not None and row.snooze.until is not None:
        return f" · snoozed by {teller.name(row.snooze.who)} until {teller.until(row.snooze.until)}"
    hand = hand_of(row)
    return f" · {'handled' if hand is row.done else 'claimed'} by {teller.name(hand.who)}" if hand else ""


def snoozed_mrkdwn(row: ItemDay, teller: Teller) -> str:
    if row.snooze is None or row.snooze.until is None:
        return ""
    return f" · {marks.SNOOZED.mrkdwn} snoozed until {teller.until(row.snooze.until)}"
