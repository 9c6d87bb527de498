"""What a postmortem does outside: its ticket, its action items' tickets, the links between them, step by step."""

from collections.abc import Sequence
from datetime import datetime

import structlog

from bot.domain.capabilities import Connections, Ticketing, TicketSearch
from bot.domain.errors import Refused, VendorError
from bot.domain.ticket import Ticket
from bot.durable.ports import Recorder
from bot.durable.run import DoneWithout, Failed, Run
from bot.features.postmortems.filing import Filed, file_step
from bot.features.postmortems.service import Postmortems

log = structlog.get_logger(__name__)


async def file(
    run: Run, postmortems: Postmortems, connections: Connections, recorder: Recorder, incident: int, filing: int
) -> None:
    """Draft, ticket, tell; then the action items. A tracker that is down is waited for, and people see that."""
    filings = postmortems.filing
    leaves = await run.step("read", filings.leaves, incident)
    await run.record("draft", filings.draft, incident)
    ticket = await _ticket(run, postmortems, connections, incident) if leaves else None
    if ticket is None:
        await run.record("keep", filings.kept, incident)
    else:
        await run.record("tell", filings.filed, incident, ticket)
        numbers = await run.step("action items", filings.to_file, incident)
        await run.together(
            run.step("point back", _point_back, postmortems, connections, incident, ticket["key"]),
            *(
                [run.step("rewrite ticket", _rewrite, postmortems, connections, incident, ticket["key"])]
                if filing > 1
                else []
            ),
            *(
                run.step(file_step(one), _file_action, postmortems, connections, recorder, incident, one)
                for one in numbers
            ),
        )
    await run.record("finish", filings.finished, incident, filing)


async def _ticket(run: Run, postmortems: Postmortems, connections: Connections, incident: int) -> Filed | None:
    """None when somebody decided to do without it."""
    step = run.step("file ticket", _file, postmortems, connections, incident)
    (first,) = await run.together(step)
    if not isinstance(first, Failed):
        return first
    await run.record("say that it follows", postmortems.filing.follows, incident)
    try:
        return await step
    except DoneWithout:
        return None


async def _file(postmortems: Postmortems, connections: Connections, incident: int) -> Filed | None:
    return await postmortems.filing.file(_tracker(connections), incident)


async def _rewrite(postmortems: Postmortems, connections: Connections, incident: int, ticket: str) -> None:
    """Edited after it was filed: the ticket reads as it stands here."""
    found = await postmortems.filing.wanted(incident)
    if found is not None:
        tracker = _tracker(connections)
        await tracker.rewrite(ticket, found.body)
        await tracker.change(ticket, due=None, assignee_email=None, summary=found.summary)


async def _file_action(
    postmortems: Postmortems, connections: Connections, recorder: Recorder, incident: int, action: int
) -> None:
    made = await postmortems.filing.file_action(_tracker(connections), incident, action)
    if made is not None:
        item, ticket = made
        await recorder.record(lambda: postmortems.filing.action_filed(item, ticket))


async def _point_back(postmortems: Postmortems, connections: Connections, incident: int, ticket: str) -> None:
    found = await postmortems.record.incidents.get(incident)
    url = postmortems.record.channel_url(found.channel) if found and found.channel else None
    if found is not None and url:
        title = f"{found.name} in Slack" if found.private else f"{found.name} {found.title}"[:200]
        await _tracker(connections).point_back(ticket, url, title, once=f"daywatch-inc-{incident}")


async def link(run: Run, postmortems: Postmortems, connections: Connections, incident: int, item: int) -> None:
    """An action item's ticket, once it is there: related to the postmortem's, and back to the channel."""
    key = await run.step("read", _ticket_key, postmortems, item)
    if key is not None:
        await run.together(
            run.step("relate tickets", _relate, postmortems, connections, incident, key),
            run.step("point back", _point_back, postmortems, connections, incident, key),
        )


async def _ticket_key(postmortems: Postmortems, item: int) -> str | None:
    found = await postmortems.record.actions.get(item)
    return found.ticket if found and found.filed else None


async def _relate(postmortems: Postmortems, connections: Connections, incident: int, ticket: str) -> None:
    row = await postmortems.record.rows.get(incident)
    if row is not None and row.ticket and not row.gone:
        await _tracker(connections).relate(ticket, row.ticket)


async def move(
    run: Run, postmortems: Postmortems, connections: Connections, recorder: Recorder, incident: int, item: int
) -> None:
    """The ticket follows what was pressed in Slack."""
    await run.together(run.step("move ticket", _move, postmortems, connections, recorder, item))


async def _move(postmortems: Postmortems, connections: Connections, recorder: Recorder, item: int) -> None:
    found = await postmortems.record.actions.get(item)
    # Moved otherwise meanwhile: what was meant then is wrong now.
    if found is not None and found.ticket and found.filed and found.done and found.moving:
        await _tracker(connections).move(found.ticket, done=True)
        await recorder.record(lambda: postmortems.items.moved(item))


async def change(
    run: Run,
    postmortems: Postmortems,
    connections: Connections,
    recorder: Recorder,
    incident: int,  # by it people see where this waits
    item: int,
    what: str,
) -> None:
    """The ticket shows the date (`due`) or the owner (`owner`) that was chosen in Slack."""
    await run.together(run.step("change ticket", _change, postmortems, connections, recorder, item, what))


async def _change(postmortems: Postmortems, connections: Connections, recorder: Recorder, item: int, what: str) -> None:
    # As it stands now, so that of two changes the later one stays.
    wanted = await postmortems.items.wanted(item, what)
    if wanted is not None:
        await _tracker(connections).change(wanted.ticket, due=wanted.due, assignee_email=wanted.email)
        await recorder.record(lambda: postmortems.items.followed(item, what, wanted))


async def sync(run: Run, postmortems: Postmortems, connections: Connections, recorder: Recorder) -> None:
    """What no webhook told: tickets as they stand. One that fails is nobody's news, the next hour asks again."""
    await run.step("look at tickets", _look, postmortems, connections, recorder)


async def _look(postmortems: Postmortems, connections: Connections, recorder: Recorder) -> None:
    search = next(iter(connections.all(TicketSearch)), None)
    keys = await postmortems.items.to_look_after()
    if search is None or not keys:
        return
    asked_at = postmortems.record.clock()
    try:
        tickets = await search.tickets(keys)
    except VendorError as error:
        log.warning("tickets not looked at", reason=str(error))
        return
    await recorder.record(lambda: _seen(postmortems, tickets, asked_at))


async def _seen(postmortems: Postmortems, tickets: Sequence[Ticket], asked_at: datetime) -> object:
    return await postmortems.items.seen(tickets, asked_at)


def _tracker(connections: Connections) -> Ticketing:
    found = next(iter(connections.all(Ticketing)), None)
    if found is None:
        raise Refused("No ticket tracker is connected (any more). Set JIRA_URL, JIRA_EMAIL and JIRA_API_TOKEN.")
    return found
