"""How the mailbox is judged: what stands open in it, what should have come, and whether anything comes at all."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.check import Answer, Evidence, Status, worst
from bot.integrations.email.client import Raw
from bot.integrations.email.mail import Mail
from bot.integrations.email.rules import Rule
from bot.integrations.email.signs import Sign, graded
from bot.integrations.foreign import shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A mail with what it tells (None: never an alert) and the rule that decided."""

    raw: Raw
    mail: Mail
    rule: Rule | None
    sign: Sign | None
    proven: bool
    """Whether its sender is who it says, where that is asked for."""

    @property
    def read(self) -> bool:
        return self.raw.read

    @property
    def uid(self) -> int:
        return self.raw.uid


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """The mailbox as it was read: how many mails there are in all, and those of late."""

    exists: int
    seen: Sequence[Seen]
    seconds: float
    now: datetime

    def quiet(self, span: timedelta) -> str | None:
        """Why it proves nothing: it is empty, or nothing came for longer than a working sender would be silent."""
        if not self.exists:
            return "The folder is empty: nothing says that alert mails arrive in it"
        if not any(one.mail.arrived >= self.now - span for one in self.seen):
            return f"Nothing came for {_days(span)}: nothing says that alert mails still arrive"
        return None


def mailbox(box: Box, *, quiet: timedelta, slow: float) -> Answer:
    if why := box.quiet(quiet):
        return Answer.unknown(why)
    if box.seconds > slow:
        words = f"Login and reading took {box.seconds:.1f} s (limit {slow:.1f} s)"
        return Answer(status=Status.WARN, summary=words)
    return Answer(status=Status.OK, summary=f"Login works, {box.exists} mails, read in {box.seconds:.1f} s")


def alerts(box: Box, *, span: timedelta, quiet: timedelta) -> Answer:
    """Problems without their end, and other mails that nobody has read, a finding for each thread."""
    recent = [one for one in box.seen if one.mail.arrived >= box.now - span or not one.read]
    found = [_standing(thread) for thread in _threads(one for one in recent if one.sign and one.proven)]
    evidence = sorted((one for one in found if one), key=lambda one: (-one.status.rank, one.key))
    unproven = sum(not one.proven and not one.read for one in recent)
    if unproven:
        words = f"{unproven} unread mails do not prove their sender"
        evidence.append(Evidence(key="unproven", title=words, status=Status.WARN))
    if why := box.quiet(quiet):
        if not evidence:
            return Answer.unknown(why)
        evidence.append(Evidence(key="quiet", title=why, status=Status.UNKNOWN))
    if not evidence:
        words = f"{len(recent)} mails in {_days(span)}: no problem without its end, no other alert unread"
        return Answer(status=Status.OK, summary=words)
    named = ", ".join(shown(one.title, limit=60) for one in evidence[:3])
    status = worst(one.status for one in evidence)
    summary = shown(f"{len(evidence)} to look at: {named}", limit=220)
    return Answer(
        status=status, summary=summary, evidence=evidence, reason=summary if status is Status.UNKNOWN else None
    )


def _threads(seen: Iterable[Seen]) -> Iterable[Sequence[Seen]]:
    threads: defaultdict[str, list[Seen]] = defaultdict(list)
    for one in sorted(seen, key=lambda one: (one.mail.at, one.uid)):
        if one.sign is not None and one.sign.kind != "expected":
            threads[one.sign.about].append(one)
    return threads.values()


def _standing(thread: Sequence[Seen]) -> Evidence | None:
    """What a thread comes to; its mails are in the order in which they were written."""
    open_: list[tuple[Seen, Sign]] = []
    for one in thread:
        sign = one.sign
        if sign is None:
            continue
        if sign.lasting and sign.status is Status.OK:
            open_ = []
        elif sign.lasting or not one.read:
            open_.append((one, sign))
    if not open_:
        return None
    (first, _), (last, sign) = open_[0], open_[-1]
    status = sign.status if sign.lasting else worst(each.status for _, each in open_)
    many = f"{len(open_)} mails, the last" if len(open_) > 1 else "mail"
    return Evidence(
        key=f"{sign.kind}:{hashlib.sha256(sign.about.encode('utf-8', 'replace')).hexdigest()[:16]}",
        title=shown(sign.title) or "A mail without a subject",
        status=status,
        since=first.mail.at,
        detail=shown(f"{many} from {last.mail.sender or 'nobody named'}, {last.mail.arrived:%d %b %H:%M} UTC"),
    )


def expected(box: Box, rules: Sequence[Rule]) -> Answer:
    """Whether each expected mail came in time, and what it says."""
    evidence = [_came(box, rule) for rule in rules]
    bad = [one for one in evidence if one.status is not Status.OK]
    named = "; ".join(shown(f"{one.title}: {one.detail}", limit=90) for one in bad[:2])
    all_ = (
        f"All {len(evidence)} expected mails came"
        if len(evidence) > 1
        else f"{evidence[0].title}: {evidence[0].detail}"
    )
    summary = f"{len(bad)} of {len(evidence)} expected mails to look at: {named}" if bad else all_
    return Answer(status=worst(one.status for one in evidence), summary=shown(summary, limit=220), evidence=evidence)


def _came(box: Box, rule: Rule) -> Evidence:
    deadline, before = rule.deadlines(box.now)
    came = [one for one in box.seen if one.rule == rule and one.proven and not one.mail.answers_itself]
    came = sorted((one for one in came if one.mail.arrived > before), key=lambda one: (one.mail.arrived, one.uid))
    title = shown(rule.name)
    if not came:
        words = f"did not come by {deadline:%a %d %b %H:%M}"
        return Evidence(key=rule.name, title=title, status=Status.FAIL, since=deadline, detail=words)
    last = came[-1].mail
    status, words = graded(last, rule), f"came {last.arrived.astimezone(deadline.tzinfo):%a %d %b %H:%M}"
    if status is not Status.OK:
        words = f"{words} and says: {last.subject or 'trouble'}"
    elif came[0].mail.arrived > deadline:
        status, words = Status.WARN, f"{words}, after its time ({deadline:%H:%M})"
    return Evidence(key=rule.name, title=title, status=status, since=last.arrived, detail=shown(words))


def _days(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours / 24:.0f} days" if hours >= 48 else f"{hours:.0f} hours"
