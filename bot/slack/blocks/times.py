"""Moments and spans of time as each reader's own clock shows them."""

from datetime import UTC, datetime, timedelta
from typing import Final

from slack_sdk.models.blocks import RichTextElementParts

CLOCK: Final = "{time}"
DAY: Final = "{date_short_pretty} {time}"
SHORT_DAY: Final = "{date_short} {time}"

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR


def _same_day(when: datetime, now: datetime | None) -> bool:
    return now is not None and when.astimezone(now.tzinfo).date() == now.date()


def utc(when: datetime, now: datetime | None = None) -> str:
    """UTC as "02:12 UTC", or "22 Nov 02:12 UTC" on another day: the fallback for clients that draw no dates."""
    moment = when.astimezone(UTC)
    clock = f"{moment:%H:%M} UTC"
    return clock if now is None or _same_day(when, now) else f"{moment.day} {moment:%b} {clock}"


def _shape(when: datetime, now: datetime | None, style: str | None) -> str:
    return style or (CLOCK if now is None or _same_day(when, now) else DAY)


def date(
    when: datetime, now: datetime | None = None, *, style: str | None = None, fallback: str | None = None
) -> RichTextElementParts.Date:
    """A moment in rich text. Today (by `now` and its zone): time only; else day and time. Without `now`: time only."""
    return RichTextElementParts.Date(
        timestamp=int(when.timestamp()), format=_shape(when, now, style), fallback=fallback or utc(when, now)
    )


def date_mrkdwn(
    when: datetime, now: datetime | None = None, *, style: str | None = None, fallback: str | None = None
) -> str:
    """The same in mrkdwn."""
    return f"<!date^{int(when.timestamp())}^{_shape(when, now, style)}|{fallback or utc(when, now)}>"


def spelled(when: datetime, now: datetime) -> str:
    """For plain_text and `alert`, where Slack draws no dates: "Mon 30 Nov 08:00 CET", in the zone of `now`."""
    there = when.astimezone(now.tzinfo)
    clock = f"{there:%H:%M} {there:%Z}".strip()
    return clock if _same_day(when, now) else f"{there:%a} {there.day} {there:%b} {clock}"


def span(length: timedelta) -> str:
    """A length as "4 min", "1 h 24 min", "31 h", "12 days"; units after no-break spaces. For texts never redrawn."""
    seconds = max(int(length.total_seconds()), 0)
    if seconds < _MINUTE:
        return f"{seconds}\u00a0s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE}\u00a0min"
    if seconds < 3 * _DAY:
        hours, minutes = divmod(seconds // _MINUTE, 60)
        precise = minutes and hours < 10
        return f"{hours}\u00a0h {minutes}\u00a0min" if precise else f"{hours}\u00a0h"
    return f"{seconds // _DAY}\u00a0days"


def age(since: datetime, now: datetime) -> str:
    """How long ago, for answers to one person and other texts that are read at once."""
    return span(now - since)
