"""What a credential may do, found out by trying: for the doctor, who names each right that is missing."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from bot.domain.errors import VendorError

Ask = Callable[[], Awaitable[object]]


async def tried(asks: Mapping[str, Ask], *, proven: str = "") -> Sequence[tuple[str, str | None]]:
    """One after the other, each with what is wrong (None: nothing).

    `proven` is what was seen to work before. Where nothing works at all, that is no matter of single rights: the first
    failure is raised.
    """
    told: list[tuple[str, str | None]] = [(proven, None)] if proven else []
    failures: list[VendorError] = []
    for what, ask in asks.items():
        try:
            await ask()
        except VendorError as error:
            failures.append(error)
            told.append((what, str(error)))
        else:
            told.append((what, None))
    if failures and len(failures) == len(told):
        raise failures[0]
    return told
