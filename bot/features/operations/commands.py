"""What a person types and presses about Daywatch itself: read, ask the service, answer."""

from bot.acts import Acts, Ask, Next, Open, Reply
from bot.domain.person import Role
from bot.features.operations import views
from bot.features.operations.service import Operations


async def status(operations: Operations, ask: Ask) -> Acts:
    """`/daywatch`: what is on, what is failing and what to do about it, what is off."""
    survey = await operations.systems.now()
    return (Reply(views.status(survey, _about(operations))),)


async def connected(operations: Operations, ask: Ask) -> Acts:
    """The same in a modal, from App Home and from a digest."""
    survey = await operations.systems.now()
    return (Next(views.status_view(survey, _about(operations))),)


async def check_all(operations: Operations, ask: Ask) -> Acts:
    """Every system asked anew."""
    survey = await operations.systems.now(fresh=True)
    return (Next(views.status_view(survey, _about(operations))),)


async def rights(operations: Operations, ask: Ask) -> Acts:
    """Who may do what, from memory; guests get no lists of people."""
    if ask.person.guest:
        return (Reply(views.not_for_guests()),)
    given = operations.plan().permissions.given
    people = {role: [one for one in operations.roster.having(role) if one.role is role] for role in Role}
    return (Open(views.rights(people, operations.needs, ask.person, given=given)),)


async def reload(operations: Operations, ask: Ask) -> Acts:
    """`/daywatch reload`: the settings file again; a bad one keeps the old settings and says why."""
    done = await operations.plans.again(ask.person.id)
    await operations.audit.note(
        at=operations.clock(),
        who=ask.person.id,
        what="settings.reload",
        object_=(done.path or "")[:200],
        whence=ask.channel,
        result="refused" if done.problems else "done",
    )
    return (Reply(views.reread(done)),)


async def refresh_home(operations: Operations, ask: Ask) -> Acts:
    """*Refresh* on the Home tab."""
    await operations.homes.show(ask.person.id)
    return ()


def _about(operations: Operations) -> views.About:
    return views.About(
        version=operations.version, now=operations.clock(), open_rights=not operations.plan().permissions.given
    )
