"""Writing the postmortem, page by page: each is saved when it is sent, so nothing that was typed is lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from bot.acts import Act, Acts, Ask, Start
from bot.domain.incident import Incident
from bot.features.postmortems.action_rows import MOST_ACTIONS, Typed, left_out, merged, text_in, typed_rows
from bot.features.postmortems.blameless import hint
from bot.features.postmortems.draft import MOST_TEXT, MOST_TITLE, PAGES, Known
from bot.features.postmortems.merging import Changed, unpacked
from bot.features.postmortems.record import KIND, Record
from bot.slack.blocks import cut
from bot.store.action_items import ActionItem
from bot.store.postmortems import Postmortem, Stage

_MOMENTS: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What came of saving a page: `overtaken` tells who saved it too meanwhile, `hints` are friendly questions."""

    overtaken: str | None = None
    hints: tuple[str, ...] = ()
    wrong: Mapping[str, str] = field(default_factory=dict)
    """Fields that cannot be taken as they are; then nothing of the page was saved."""
    acts: Acts = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """Called inside the caller's transaction, `known` outside of one too."""

    record: Record

    async def known(self, incident: Incident) -> Known:
        record = self.record
        every, total = await record.timeline.page(incident.id, limit=_MOMENTS)
        # What the postmortem itself wrote there is no part of the story.
        moments = [one for one in every if one.kind != KIND]
        people = [incident.lead, incident.communications, incident.scribe, *incident.responders, incident.declared_by]
        people += [one.who for one in moments]
        return Known(
            incident=incident,
            severity=record.plan().severity(incident.severity).name,
            moments=[one for one in moments if one.key],
            total=total - (len(every) - len(moments)),
            changes=sum(one.kind == "change" for one in moments),
            changed=await record.changed(incident),
            alerts=await record.alerts.of_incident(incident.id),
            people=[one for one in dict.fromkeys(people) if one and record.names.known(one)],
            names=record.names.name,
        )

    async def save(self, ask: Ask, incident: Incident, page: str) -> Saved:
        """What nobody else touched is taken; where two changed the same, nothing of either is lost, and it is told."""
        record = self.record
        before = await record.rows.begin(incident.id, Stage.NOT_ASKED, record.clock())
        if page == "actions":
            wrong, left = await self._save_actions(ask, incident)
            typed, both = dict[str, str](), list[str]()
        else:
            left = None
            typed, both, wrong = self._merged(ask, before, page)
        if wrong:
            return Saved(wrong=wrong)
        stamps = dict(before.fields.get("saved") or {}) | {page: [ask.person.id, record.clock().isoformat()]}
        await record.rows.change(
            incident.id, fields=dict(before.fields) | typed | {"saved": stamps}, **self._begun(incident, before, ask)
        )
        after = await record.rows.get(incident.id) or before
        hints = tuple(asked for asked in map(hint, typed.values()) if asked)
        overtaken = left or self._overtaken(ask, before, page, both)
        return Saved(overtaken=overtaken, hints=hints, acts=record.redraw(after, 1.0))

    def _merged(self, ask: Ask, before: Postmortem, page: str) -> tuple[dict[str, str], list[str], dict[str, str]]:
        """The page's texts as they stand now, those that two people changed, and what is wrong."""
        texts: dict[str, str] = {}
        both: list[str] = []
        wrong: dict[str, str] = {}
        shown = unpacked(ask.private.get("shown"))
        for name in PAGES[page]:
            most = MOST_TITLE if name == "title" else MOST_TEXT
            typed = text_in(ask, name, most)
            stored = before.text(name) if name in before.fields else None
            (was, *_) = shown.get(name, [None]) if stored is not None else [None]
            changed = Changed.of(typed, stored, was)
            texts[name] = typed if changed.mine or stored is None else stored
            if stored is None or not (changed.mine and changed.theirs):
                continue
            both.append(name)
            if name == "title":
                continue  # one line: the later stands, the earlier is told
            texts[name] = "\n\n".join(one for one in (stored, typed) if one)
            if len(texts[name]) > most:
                room = max(0, most - len(stored) - 2)
                wrong[name] = f"Somebody wrote here meanwhile. Both do not fit: shorten yours to {room} characters"
        return texts, both, wrong

    def _overtaken(self, ask: Ask, before: Postmortem, page: str, both: Sequence[str]) -> str | None:
        earlier = before.saved(page)
        seen = str(ask.private.get("seen") or "")
        if earlier is None or earlier[1] == seen or (earlier[0] == ask.person.id and not both):
            return None
        who = "You" if earlier[0] == ask.person.id else cut(self.record.names.name(earlier[0]), 40)
        told = f"{who} saved this page too while you wrote. "
        if not both:
            return f"{told}Nothing was lost."
        parts = ["Both texts are kept: make one of them."] if set(both) - {"title"} else []
        parts += [f"The title was “{cut(before.text('title'), 80)}”."] if "title" in both else []
        return told + " ".join(parts)

    async def submit(self, ask: Ask, incident: Incident, *, shared: bool) -> Acts:
        """Out with it. While an earlier filing goes on, the next one begins after it."""
        record = self.record
        now = await record.rows.begin(incident.id, Stage.NOT_ASKED, record.clock())
        filing = now.filings + 1
        live = now.ticket is not None and not now.gone
        await record.rows.change(
            incident.id,
            state=Stage.FILED if live else Stage.FILING,
            filings=filing,
            by=ask.person.id,
            shared=shared or now.shared,
            waived_reason=None,
            busy=now.busy or filing,
        )
        await record.note(
            incident.id, f"{ask.person.name} filed the postmortem", who=ask.person.id, key=not now.filings
        )
        await record.did(ask, "postmortem.file", incident.name)
        after = await record.rows.get(incident.id) or now
        acts: list[Act] = list(record.redraw(after))
        if now.busy is None:
            acts.append(start_filing(incident.id, filing))
        return tuple(acts)

    async def add_action(self, ask: Ask, incident: Incident, what: str, owner: str | None, due: date | None) -> Acts:
        """One more, of a postmortem that is out already; its ticket follows."""
        await self.record.actions.add(incident.id, what, owner=owner, due=due)
        words = f"{ask.person.name} added an action item: {what}"
        await self.record.note(incident.id, words, who=ask.person.id)
        return await self.submit(ask, incident, shared=False)

    def _begun(self, incident: Incident, before: Postmortem, ask: Ask) -> dict[str, object]:
        """Whoever writes unasked, after the end, has taken it on."""
        if incident.open or before.state not in (Stage.NOT_ASKED, Stage.WITHDRAWN, Stage.WAIVED):
            return {}
        return {"state": Stage.ASKED, "asked_at": self.record.clock(), "asked_who": before.asked_who or ask.person.id}

    async def _save_actions(self, ask: Ask, incident: Incident) -> tuple[dict[str, str], str | None]:
        """What is wrong, by field; and what was left out, to be told."""
        there = {one.id: one for one in await self.record.actions.of_incident(incident.id)}
        typed = typed_rows(ask)
        rows = [merged(row, there, ask) for row in typed]
        wrong: dict[str, str] = {}
        for row in rows:
            wrong |= self.problems(incident, row, there.get(row.item or 0))
        drafts = sum(not one.filed for one in there.values())
        new = [row for row in rows if row.item is None and row.what]
        if not wrong and drafts + len(new) > MOST_ACTIONS:
            wrong[f"what_{new[-1].at}"] = f"At most {MOST_ACTIONS}; the rest can be added once it is filed"
        if wrong:
            return wrong, None
        for row in rows:
            await self._save_action(incident, row, there.get(row.item or 0))
        return {}, next(filter(None, (left_out(row, there, ask) for row in typed)), None)

    async def _save_action(self, incident: Incident, row: Typed, item: ActionItem | None) -> None:
        due = date.fromisoformat(row.due) if row.due else None
        if row.item is None:
            if row.what:
                await self.record.actions.add(incident.id, row.what, owner=row.owner, due=due)
        elif item is None or item.filed:
            # Filed by somebody else meanwhile: it has its own buttons now.
            return
        elif row.what:
            await self.record.actions.change(item.id, what=row.what, owner=row.owner, due=due)
        else:
            await self.record.actions.drop(item.id)

    def problems(self, incident: Incident, row: Typed, item: ActionItem | None) -> dict[str, str]:
        """What is wrong with a row, by field."""
        wrong: dict[str, str] = {}
        if not row.what and item is None and (row.owner or row.due):
            wrong[f"what_{row.at}"] = "Say what is to be done"
        if row.owner and row.owner != (item.owner if item else None):
            person = self.record.names.known(row.owner)
            if person is None or person.guest:
                wrong[f"owner_{row.at}"] = "Choose a full member of this workspace"
        if row.due and (item is None or item.due is None or item.due.isoformat() != row.due):
            due = day_of(row.due)
            if due is None or due < self.record.today(incident):
                wrong[f"due_{row.at}"] = "Use a date after today"
        return wrong


def start_filing(number: int, filing: int) -> Start:
    given = {"incident": number, "filing": filing}
    return Start(flow="postmortem.file", once=f"postmortem:{number}:{filing}", given=given)


def day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
