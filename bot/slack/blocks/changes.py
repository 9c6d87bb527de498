"""How a change reads, on a card, in a list and in a plain line. Its own words are foreign."""

from collections.abc import Sequence
from datetime import datetime

from slack_sdk.models.blocks import RichTextElement

from bot.domain.change import Change, Recorded, Result
from bot.domain.suspicion import Silent, Suspect, Why
from bot.slack.blocks.rich import foreign, link
from bot.slack.blocks.text import clean, cut, listed
from bot.slack.blocks.times import date, span

_ENDED = {Result.FAILED: ", failed", Result.CANCELLED: ", cancelled", Result.RUNNING: ", running"}


def what_changed(change: Change) -> str:
    """What was done to what: "sync checkout", "Release workflow acme/shop"."""
    place = change.places[0] if change.places else ""
    title = change.title.strip() or "change"
    last = place.rstrip("/").rpartition("/")[2]
    return title if last.casefold() in title.casefold() else f"{title} {place}"


def change_parts(recorded: Recorded, now: datetime, *, ended: bool = True) -> list[str | RichTextElement]:
    """As `01:58 deploy checkout v2.14.1 by Kim`; its name is the link."""
    one = recorded.change
    parts: list[str | RichTextElement] = [date(one.started_at, now), " ", link(one.url, what_changed(one))]
    if one.version and one.version.casefold() not in one.title.casefold():
        parts += [" ", foreign(one.version, 40)]
    if one.environment and one.environment.casefold() not in one.title.casefold():
        parts += [" in ", foreign(one.environment, 30)]
    if one.by:
        parts += [" by ", foreign(one.by, 40)]
    return [*parts, _ENDED.get(one.result, "")] if ended else parts


def change_words(change: Change, *, ended: bool = True) -> str:
    """The same in one plain line, for the timeline and the postmortem."""
    parts = [cut(clean(what_changed(change)), 80)]
    if change.version and change.version.casefold() not in change.title.casefold():
        parts.append(cut(clean(change.version), 40))
    if change.environment and change.environment.casefold() not in change.title.casefold():
        parts.append(f"in {cut(clean(change.environment), 30)}")
    if change.by:
        parts.append(f"by {cut(clean(change.by), 40)}")
    return " ".join(part for part in parts if part) + (_ENDED.get(change.result, "") if ended else "")


def when_before(one: Suspect) -> str:
    """`13 min before`, `failed 4 min before`, `still running when it began`."""
    if Why.RUNNING in one.why:
        return Why.RUNNING.words
    return f"{'failed ' if Why.FAILED in one.why else ''}{span(one.gap)} before"


def reasons(one: Suspect) -> str:
    """Why it stands where it stands."""
    said = {Why.RUNNING} if Why.RUNNING in one.why else {Why.FAILED}
    return ", ".join([when_before(one), *(why.words for why in one.why if why not in said)])


def did_not_answer(silent: Sequence[Silent]) -> str:
    """`Argo CD did not answer; deployments may be missing`."""
    tells = list(dict.fromkeys(one.tells for one in silent))
    what = tells[0] if len(tells) == 1 else "changes"
    names = listed((cut(clean(one.name), 40) for one in silent), 3)
    return f"{names} did not answer; {what} may be missing"
