"""What is done at an alert's source: silences made and ended there, and a look at what became of it."""

from typing import TypedDict

from bot.domain.capabilities import Connections, Silencer
from bot.domain.errors import NotFound, Refused
from bot.domain.person import Author
from bot.durable.ports import Recorder
from bot.durable.run import DoneWithout, Run
from bot.features.alerts.catching_up import CatchingUp
from bot.features.alerts.silencing import Silencing


class Made(TypedDict):
    """The source's id of it, or why there is none."""

    id: str
    why: str


async def silence(run: Run, silencing: Silencing, connections: Connections, alert: int, number: str) -> None:
    """Tried until the source takes it, until it would be pointless, or until a person does without."""
    try:
        made = await run.step("silence", _silence, silencing, connections, alert, number)
    except DoneWithout:
        made = Made(id="", why="done without it")
    await run.record("silenced", silencing.made, alert, number, made["id"], made["why"])


async def _silence(silencing: Silencing, connections: Connections, alert: int, number: str) -> Made:
    row = await silencing.rows.get(alert)
    wanted = row.silence if row else None
    if row is None or wanted is None or wanted.number != number:
        return Made(id="", why="it is not wanted any more")
    if wanted.until <= silencing.clock():
        return Made(id="", why="its time was over before the source answered")
    by = Author(name=f"{wanted.name} ({wanted.who})")
    missing = ""
    for one in _silencers(connections, row.alert.source):
        try:
            made = await one.silence(
                row.alert.id, row.alert.labels, wanted.until, by, wanted.reason, once=f"silence {number}"
            )
        except NotFound as error:
            # Of several that send us alerts, one has this.
            missing = str(error)
        else:
            return Made(id=made, why="")
    if not missing:
        raise Refused(f"{row.alert.source.capitalize()} may not be written to (any more)")
    return Made(id="", why=missing)


async def end_silence(
    run: Run, silencing: Silencing, connections: Connections, alert: int, number: str, by: str, name: str
) -> None:
    done = True
    try:
        await run.step("end silence", _end, silencing, connections, alert, number)
    except DoneWithout:
        done = False
    await run.record("ended", silencing.ended, alert, number, by, name, done=done)


async def _end(silencing: Silencing, connections: Connections, alert: int, number: str) -> None:
    row = await silencing.rows.get(alert)
    standing = row.silence if row else None
    if row is None or standing is None or standing.number != number:
        return
    found = _silencers(connections, row.alert.source)
    if not found:
        raise Refused(f"{row.alert.source.capitalize()} may not be written to (any more)")
    for one in found:
        # Ids are unique: whoever does not know it has nothing to end.
        await one.end_silence(standing.id)


def _silencers(connections: Connections, source: str) -> list[Silencer]:
    return [one for one in connections.all(Silencer) if one.source == source]


async def catch_up(run: Run, catching_up: CatchingUp, recorder: Recorder) -> None:
    """One that does not answer is nobody's news: it is asked again a few minutes later."""
    await run.step("look at alerts", _look, catching_up, recorder)


async def _look(catching_up: CatchingUp, recorder: Recorder) -> None:
    for look in await catching_up.ask():
        await recorder.record(lambda look=look: catching_up.heard(look))  # type: ignore[misc] # a lambda's default
