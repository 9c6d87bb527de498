"""How the morning digest looks: what needs a person first, on one phone screen. Pure functions."""

from collections.abc import Sequence

from slack_sdk.models.blocks import Block, RichTextElement, RichTextSectionElement

from bot.domain.check import Status
from bot.domain.digest import Digest
from bot.domain.incident import Incident
from bot.features.checklist import actions, rows, wording
from bot.features.checklist.today import Today
from bot.features.checklist.wording import Teller
from bot.slack.blocks import (
    DAY,
    and_more,
    bold,
    bullets,
    channel,
    context,
    count,
    date,
    date_mrkdwn,
    divider,
    foreign,
    header,
    image,
    line,
    marks,
    measure,
    rich,
    section,
    short_name,
    user_mrkdwn,
)
from bot.slack.message import Cut, Message, Scalar, Surface

FEW = 3
MANY = 5


def digest(day: Digest, today: Today, teller: Teller, *, private: bool = False) -> Message:
    """The whole message: the channel's, or fresh for one person (then without a mention)."""
    meta: dict[str, Scalar] = {"digest": day.id, "team": day.team[:60], "day": day.day.isoformat()}
    if day.all_ok:
        return Message(
            _notification(day),
            blocks=_all_green(day, today, teller),
            surface=Surface.DIGEST_GREEN,
            event_type="daywatch_digest",
            metadata=meta,
        )
    head = "Nothing could be checked" if day.nothing_known else f"{wording.needs_you(day)} · {day.team}"
    return Message(
        _notification(day),
        blocks=(
            header(head),
            context(*_context(day, teller, mention=not private)),
            *rows.of(day, teller),
            *rows.rest(day, teller),
            divider(),
            _today(day, today, teller),
            *_chart(day),
            actions.closing(day, private=private),
        ),
        surface=Surface.DIGEST,
        event_type="daywatch_digest",
        metadata=meta,
    )


def _notification(day: Digest) -> str:
    if day.all_ok:
        return f"{day.team}: all {count(len(day.lines), 'check')} ok."
    if day.nothing_known:
        return f"{day.team}: nothing could be checked."
    said = wording.needs_you(day)
    needing = day.needing
    if not needing:
        return f"{day.team}: {said[0].lower()}{said[1:]}."
    worst = needing[0]
    word, _ = wording.news_words(worst)
    parts = [worst.item.heading, str(worst.status or "by hand"), word]
    return f"{day.team}: {said}. Worst: {', '.join(part for part in parts if part)}."


def _all_green(day: Digest, today: Today, teller: Teller) -> Sequence[Block]:
    facts = _facts(day, mention=False, checks=False)
    if day.fixed:
        facts.append(f"{len(day.fixed)} fixed{rows.fixed_since(day, teller)}")
    if today.changes is not None:
        facts.append(count(len(today.changes), "change") + " planned" if today.changes else "no changes planned")
    facts.append(count(len(today.incidents), "open incident") if today.incidents else "no open incidents")
    if today.overdue:
        facts.append(f"{count(len(today.overdue), 'action item')} overdue")
    words = " · ".join([_checking(day, teller)] if _checking(day, teller) else facts)
    return (
        section(f"{marks.OK.mrkdwn} *All {count(len(day.lines), 'check')} ok* · {short_name(day.team, 60)}"),
        context(words, *_late(day, teller)),
    )


def _context(day: Digest, teller: Teller, *, mention: bool) -> Sequence[str]:
    if told := _checking(day, teller):
        return (told, *_late(day, teller))
    return (" · ".join(_facts(day, mention=mention, checks=True)), *_late(day, teller))


def _checking(day: Digest, teller: Teller) -> str:
    if day.progress is None or not day.progress.goes_on(teller.now):
        return ""
    return f"{marks.WORKING.mrkdwn} checking, {day.progress.done} of {day.progress.of}"


def _facts(day: Digest, *, mention: bool, checks: bool) -> list[str]:
    facts = [date_mrkdwn(day.checked_at or day.due_at, style=DAY)]
    if checks and day.lines:
        facts.append(f"{count(len(day.lines), 'check')} in {measure(day.duration, 's')}")
    duty = day.on_call
    fails = any(row.status is Status.FAIL for row in day.needing)
    if duty.names:
        named = [user_mrkdwn(user) if user and mention and fails else short_name(name, 40) for name, user in duty.names]
        facts.append(f"on call {', '.join(named)}")
    elif duty.trouble:
        facts.append(f"on call unknown: {short_name(duty.trouble, 80)}")
    elif duty.asked:
        facts.append("nobody on call")
    return facts


def _late(day: Digest, teller: Teller) -> Sequence[str]:
    """Posted when Daywatch came back; the statuses are of then."""
    came = day.posted_at or day.checked_at
    if not day.late or came is None:
        return ()
    now, due, seen = (date_mrkdwn(one, teller.now) for one in (came, day.due_at, day.checked_at or came))
    return (f"{marks.LATE.mrkdwn} Posted {now} instead of {due}: Daywatch was down. Statuses are of {seen}.",)


def _today(day: Digest, today: Today, teller: Teller) -> Cut:
    return Cut(1, [_today_block(day, today, teller, MANY)], [_today_block(day, today, teller, FEW)])


def _chart(day: Digest) -> Sequence[Cut]:
    """Only where a trend crosses its limit soon."""
    return (Cut(2, [image(day.chart.words, file=day.chart.file)], []),) if day.chart else ()


def _today_block(day: Digest, today: Today, teller: Teller, most: int) -> Block:
    lines: list[RichTextSectionElement] = []
    if today.changes is not None:
        lines.append(_changes(today, teller, most))
    lines.append(_incidents(today.incidents, teller, most))
    if today.overdue:
        oldest = min(one.item.due for one in today.overdue if one.item.due)
        late = count((day.day - oldest).days, "day")
        lines.append(line(f"Action items overdue: {len(today.overdue)}, oldest {late}"))
    return rich(line(bold("Today")), bullets(*lines))


def _changes(today: Today, teller: Teller, most: int) -> RichTextSectionElement:
    planned = today.changes or ()
    if not planned:
        return line("No changes planned")
    told: list[str | RichTextElement] = ["Changes: "]
    for index, one in enumerate(planned[:most]):
        told += [", " if index else "", date(one.at, teller.now), " ", foreign(one.title, 60)]
    if len(planned) > most:
        told.append(f", {and_more(len(planned) - most)}")
    return line(*told)


def _incidents(found: Sequence[Incident], teller: Teller, most: int) -> RichTextSectionElement:
    if not found:
        return line("No open incidents")
    told: list[str | RichTextElement] = ["Open incidents: "]
    for index, one in enumerate(found[:most]):
        told += [", " if index else "", f"{one.name} {teller.severity(one.severity)} "]
        if one.private:
            told.append("private")
            continue
        told.append(foreign(one.title, 60))
        told += [" ", channel(one.channel)] if one.channel else []
    if len(found) > most:
        told.append(f", {and_more(len(found) - most)}")
    return line(*told)
