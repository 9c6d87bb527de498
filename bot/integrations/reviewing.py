"""A morning's look at who has access: part by part, so that one that cannot be read hides no other."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.domain.check import Answer, Evidence, Status
from bot.domain.errors import NotFound, VendorError
from bot.integrations.findings import counted
from bot.integrations.foreign import shown
from bot.integrations.labels import key_of
from bot.integrations.together import every

Found = Sequence[Evidence]
_NAMED: Final = 3
_FINDINGS: Final = "findings about access"


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to review of a place (an organisation, a group), and the right that reading it takes."""

    ask: Callable[[str], Awaitable[Found]]
    right: str


async def reviewed(
    title: str, places: Sequence[str], parts: Mapping[str, Part], wanted: Collection[str], *, setting: str
) -> Answer:
    """The `wanted` ones of all parts, as the `setting` names them. What was left out is said."""
    asked = [(place, part) for place in places for part in dict.fromkeys(wanted)]
    if not asked:
        return Answer.unknown(f"{setting} is empty, so nothing is reviewed")
    seen = await every(_seen(title, place, parts[part]) for place, part in asked)
    failures = [one for one in seen if isinstance(one, VendorError)]
    if len(failures) == len(seen):
        raise failures[0]
    evidence = [
        finding
        for (place, part), one in zip(asked, seen, strict=True)
        for finding in ([_unread(place, part, one)] if isinstance(one, VendorError) else one)
    ]
    left_out = ", ".join(_words(part) for part in parts if part not in wanted)
    good = f"Nothing odd about who has access to {', '.join(places[:_NAMED])}"
    return counted(evidence, shown(f"{good} (not looked at: {left_out})" if left_out else good), 0, _FINDINGS)


def person(place: str, kind: str, login: str, status: Status, why: str, page: str) -> Evidence:
    """Somebody whose access is worth a look; `kind` tells apart what may be odd about the same person."""
    key = key_of(kind, {"place": place, "login": login})
    return Evidence(key=key, title=shown(f"{place}: {login}"), status=status, url=page, detail=why)


def folded(names: Collection[str]) -> frozenset[str]:
    """Names to compare with; systems take capitals and small letters for the same."""
    return frozenset(name.casefold() for name in names)


async def _seen(title: str, place: str, part: Part) -> Found | VendorError:
    try:
        return await part.ask(place)
    except NotFound:  # the word of many also for what they may not show
        where = shown(place, limit=40)
        return NotFound(f"{title} does not show this of {where}. Check the name, or the right to {part.right}.")
    except VendorError as error:
        return error


def _unread(place: str, part: str, error: VendorError) -> Evidence:
    return Evidence(
        key=key_of("unread", {"place": place, "part": part}),
        title=shown(f"{place}: {_words(part)} not seen"),
        status=Status.UNKNOWN,
        detail=shown(error, limit=220),
    )


def _words(part: str) -> str:
    return part.replace("_", " ")
