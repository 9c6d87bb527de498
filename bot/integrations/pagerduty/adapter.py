"""PagerDuty with a key that may write: acknowledge, resolve, note and page, each safe to ask for twice."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from bot.domain.capabilities import Pager
from bot.domain.errors import Refused
from bot.domain.person import Author
from bot.integrations.foreign import segment, shown
from bot.integrations.pagerduty.events import LONGEST_KEY, LONGEST_TEXT, LONGEST_TITLE
from bot.integrations.pagerduty.news import mark_of
from bot.integrations.pagerduty.payloads import RESOLVED, TRIGGERED, Created, Incident, Note
from bot.integrations.pagerduty.people import People, Sender
from bot.integrations.pagerduty.reader import PagerDutyReader
from bot.integrations.pagerduty.refusals import AlreadyDone, UnknownSender

log = structlog.get_logger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class PagerDuty(PagerDutyReader, Pager):
    """Everything we do with PagerDuty. Alert ids are incident ids."""

    people: People

    @property
    def takes_notes(self) -> bool:
        return True

    async def acknowledge(self, alert: str, by: Author) -> None:
        """Only what is triggered: acknowledging a resolved incident would reopen it."""
        incident = await self._incident(alert)
        if incident.status != TRIGGERED:
            return

        async def write(sender: Sender) -> None:
            if not sender.person:
                # An acknowledgement has no text, so the name goes into a note, first: a repeat would not come this far.
                await self._name(incident, by)
            await self._set(alert, {"status": "acknowledged"}, sender)

        await self._as(by, write)

    async def resolve(self, alert: str, by: Author, words: str) -> None:
        if (await self._incident(alert)).status == RESOLVED:
            return

        async def write(sender: Sender) -> None:
            text = sender.signed(words, by)[:LONGEST_TEXT]
            await self._set(alert, {"status": "resolved", **({"resolution": text} if text else {})}, sender)

        await self._as(by, write)

    async def note(self, alert: str, text: str, by: Author, *, once: str) -> None:
        """The marker at the end tells a repeat that the note stands, and anybody where it came from."""
        path, mark = f"/incidents/{segment(alert)}/notes", mark_of(once)
        notes = await self.rest.listed(Note, path, "notes")
        if any(mark in (one.content or "") for one in notes):
            return

        async def write(sender: Sender) -> None:
            content = f"{sender.signed(text, by)[: LONGEST_TEXT - len(mark)]}\n{mark}"
            await self.rest.post(Note, path, {"content": content}, name="note", sender=sender.email)

        await self._as(by, write)

    async def page(
        self, service_ref: str, title: str, message: str, by: Author, *, once: str, email: str | None
    ) -> str:
        """Open an incident under the key `once`; one that has it already, open or not, is the answer to a repeat."""
        key = once[:LONGEST_KEY]
        if found := await self._paged(service_ref, key):
            return found
        incident: dict[str, Any] = {  # PagerDuty's JSON
            "type": "incident",
            "title": title[:LONGEST_TITLE],
            "service": {"id": service_ref, "type": "service_reference"},
            "incident_key": key,
            "urgency": "high",
        }
        if email:
            incident["assignments"] = [{"assignee": {"id": await self._user(email), "type": "user_reference"}}]

        async def write(sender: Sender) -> str:
            details = {"type": "incident_body", "details": sender.signed(message, by)[:LONGEST_TEXT]}
            body = {**incident, "body": details}
            return (await self.rest.post(Created, "/incidents", body, name="incident", sender=sender.email)).id

        try:
            return await self._as(by, write)
        except Refused:
            # Two at the same moment: the second is refused because of its key, and the first is the page.
            if found := await self._paged(service_ref, key):
                return found
            raise

    def _looks(self) -> Mapping[str, Awaitable[object]]:
        return {**super()._looks(), "PAGERDUTY_FROM_EMAIL is a user": self._ourselves()}

    async def _ourselves(self) -> None:
        if await self.people.user(self.people.ourselves.email) is None:
            raise Refused("PagerDuty has no user with the e-mail in PAGERDUTY_FROM_EMAIL. Name one that exists.")

    async def _as(self, by: Author, write: Callable[[Sender], Awaitable[T]]) -> T:
        """Write as the person, or as ourselves when they are (or have become) nobody to PagerDuty."""
        sender = await self.people.sender(by)
        try:
            return await write(sender)
        except UnknownSender:
            if not sender.person:
                raise
            self.people.forget(sender.email)
            return await write(self.people.ourselves)

    async def _incident(self, alert: str) -> Incident:
        return await self.rest.one(Incident, f"/incidents/{segment(alert)}", "incident")

    async def _paged(self, service_ref: str, key: str) -> str | None:
        """The incident with exactly our key; asked by key PagerDuty also shows incidents whose alerts have it."""
        asked = {"incident_key": key, "service_ids[]": [service_ref], "date_range": "all"}
        things, _ = await self.rest.page(Incident, "/incidents", asked)
        return next((one.id for one in things if one.incident_key == key), None)

    async def _user(self, email: str) -> str:
        user = await self.people.user(email)
        if user is None:
            raise Refused(f"PagerDuty has no user with the e-mail {shown(email, limit=80)}. Page the service instead.")
        return user.id

    async def _name(self, incident: Incident, by: Author) -> None:
        since = incident.last_status_change_at or incident.created_at
        try:
            await self.note(incident.id, "Acknowledged.", by, once=f"acknowledged {since:%Y%m%dT%H%M%S}")
        except Refused as error:
            # An incident takes 2,000 notes and no more; the acknowledgement matters more than its note.
            log.warning("no note about who acknowledged", incident=incident.id, reason=str(error))

    async def _set(self, alert: str, change: Mapping[str, str], sender: Sender) -> None:
        body = {"type": "incident_reference", **change}
        try:
            await self.rest.put(Created, f"/incidents/{segment(alert)}", body, name="incident", sender=sender.email)
        except AlreadyDone:
            log.info("already so in PagerDuty", incident=alert, wanted=change["status"])
