"""The people in an incident: lead and other roles, who is paged, who follows, what is to be done by whom."""

from dataclasses import dataclass

from bot.acts import Acts, Ask, Post, Start
from bot.domain.incident import Duty, Incident, page_key
from bot.domain.person import Person
from bot.features.incidents.record import Record, news_key
from bot.store.tasks import TaskRows


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Called with the incident held, inside the caller's transaction."""

    record: Record
    tasks: TaskRows

    async def give(self, ask: Ask, incident: Incident, duty: Duty, holder: Person) -> Acts:
        """Somebody takes a role. Who got it from somebody else is mentioned once, in the channel."""
        before = incident.holder(duty)
        if before == holder.id:
            return ()
        await self.record.change(incident, touched=True, **{duty.value: holder.id})
        from_whom = f" (from {self.record.names.name(before)})" if before else ""
        words = f"{holder.name} is {duty}{from_whom}"
        await self.record.note(incident.id, "role", words, who=ask.person.id, key=duty is Duty.LEAD)
        await self.record.did(ask, f"incident.role.{duty}", incident)
        acts = self.record.redraw(incident, topic=duty is Duty.LEAD)
        if holder.id == ask.person.id:
            return acts
        stamp = int(self.record.clock().timestamp())
        return (*acts, Post(f"incident.role:{incident.id}:{duty}:{holder.id}:{stamp}"))

    async def follow(self, ask: Ask, incident: Incident) -> Acts:
        """Each stakeholder update comes as a direct message from now on; a second press ends it."""
        followers = [one for one in incident.followers if one != ask.person.id]
        if len(followers) == len(incident.followers):
            followers.append(ask.person.id)
        await self.record.change(incident, followers=followers)
        return (Post(news_key(incident.id), 1.0),)

    async def join(self, ask: Ask, incident: Incident) -> Acts:
        given = {"incident": incident.id, "user": ask.person.id}
        return (
            Start(flow="incident.invite", once=f"incident:{incident.id}:join:{ask.person.id}:{ask.once}", given=given),
        )

    async def page(self, ask: Ask, incident: Incident, to: Person | None, message: str) -> Acts:
        """Call somebody, or whoever is on call for the service."""
        whom = to.name if to else "whoever is on call"
        paged = "would have paged" if incident.practice else "paged"
        words = f"{ask.person.name} {paged} {whom}: {message}"
        await self.record.change(incident, touched=True)
        once = page_key(incident.id, ask.once)
        await self.record.note(incident.id, "page", words, who=ask.person.id, key=True, once=once)
        await self.record.did(ask, f"incident.page.{to.id if to else 'on-call'}", incident)
        if incident.practice:
            return self.record.redraw_card(incident)
        given = {"incident": incident.id, "by": ask.person.id, "message": message, "to": to.id if to else None}
        return (*self.record.redraw_card(incident), Start(flow="incident.page", once=once, given=given))

    async def add_task(self, ask: Ask, incident: Incident, title: str, owner: str | None) -> Acts:
        await self.tasks.add(incident.id, title, owner)
        words = f"Task: {title}" + (f" ({self.record.names.name(owner)})" if owner else "")
        await self.record.note(incident.id, "task", words, who=ask.person.id)
        await self.record.change(incident, touched=True)
        return (*self.record.redraw_card(incident), Post(f"incident.tasks:{incident.id}"))

    async def tick(self, ask: Ask, incident: Incident, done: frozenset[int]) -> Acts:
        """The ticked boxes of the task list as they now are; each change goes to the timeline."""
        changed = False
        for task in await self.tasks.shown(incident.id):
            if (task.id in done) == (task.done_at is not None):
                continue
            changed = True
            ticked = task.id in done
            await self.tasks.mark(task.id, self.record.clock() if ticked else None, ask.person.id)
            word = "done" if ticked else "open again"
            words = f"Task {word}: {task.title} ({ask.person.name})"
            await self.record.note(incident.id, "task", words, who=ask.person.id)
        return (*self.record.redraw_card(incident), Post(f"incident.tasks:{incident.id}")) if changed else ()
