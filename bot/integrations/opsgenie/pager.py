"""Acting on alerts: an act is taken at once and done later, so its outcome is followed; asked twice, done once."""

from typing_extensions import override  # typing has it from Python 3.12

from bot.domain.capabilities import Pager
from bot.domain.errors import Refused
from bot.domain.person import Author
from bot.integrations.foreign import shown
from bot.integrations.opsgenie.backend import cut_key
from bot.integrations.opsgenie.news import mark_of
from bot.integrations.opsgenie.reader import Reader
from bot.integrations.opsgenie.shapes import OPEN, Outcome

_LONGEST = 20_000


class Opsgenie(Reader, Pager):
    """Everything we do there. Alert ids are the long ones."""

    @property
    def takes_notes(self) -> bool:
        return True

    @override
    async def acknowledge(self, alert: str, by: Author) -> None:
        found = await self.backend.alert(alert)
        if found.status.lower() != OPEN or found.acknowledged:
            return
        if not self.backend.names_who_acts:
            # First, since a repeat would not come this far.
            await self.note(alert, "Acknowledged.", by, once="acknowledged")
        outcome = await self.backend.acknowledge(alert, _named(by))
        if not outcome.is_success and not (await self.backend.alert(alert)).acknowledged:
            raise _refused("acknowledge the alert", outcome)

    @override
    async def resolve(self, alert: str, by: Author, words: str) -> None:
        if (await self.backend.alert(alert)).status.lower() != OPEN:
            return
        if not self.backend.names_who_acts:
            await self.note(alert, f"Closed. {words}".strip(), by, once="closed")
        outcome = await self.backend.close(alert, _named(by), words)
        if not outcome.is_success and (await self.backend.alert(alert)).status.lower() == OPEN:
            raise _refused("close the alert", outcome)

    @override
    async def note(self, alert: str, text: str, by: Author, *, once: str) -> None:
        mark = mark_of(once)
        if any(mark in one for one in await self.backend.notes(alert)):
            return
        signed = text if self.backend.names_who_acts else f"{text} ({shown(by.name, limit=80)}, from Slack)"
        outcome = await self.backend.note(alert, _named(by), f"{signed[:_LONGEST]}\n{mark}")
        if not outcome.is_success:
            raise _refused("add the note", outcome)

    @override
    async def page(
        self, service_ref: str, title: str, message: str, by: Author, *, once: str, email: str | None
    ) -> str:
        """An urgent alert for a team or for one person. One that has our key is the answer to a repeat."""
        alias = cut_key(once)
        if found := await self.backend.with_alias(alias):
            return found.id
        if email and not self.backend.names_who_acts:
            raise Refused("Jira Service Management knows people by account ids alone. Page the team instead.")
        responder = {"type": "user", "username": email} if email else {"type": "team", "id": service_ref}
        outcome = await self.backend.raise_alert(title, message, responder, by=_named(by), alias=alias)
        if not outcome.is_success or not outcome.alert_id:
            raise _refused("raise the alert", outcome)
        return outcome.alert_id


def _named(by: Author) -> str:
    return by.email or shown(by.name, limit=80)


def _refused(what: str, outcome: Outcome) -> Refused:
    return Refused(f"Opsgenie did not {what}: {shown(outcome.status) or 'it does not say why'}")
