"""What a person types, presses or submits about who is on call."""

from dataclasses import replace

from bot.acts import Acts, Ask, Next, Open, Reply, Wrong
from bot.features.oncall import views
from bot.features.oncall.cover import Cover
from bot.features.oncall.roster import Roster, is_ours
from bot.features.oncall.service import Duties

NO_PAGER = "No system that can page is connected. /daywatch tells what is, and what to do."
NO_TARGET = "No service can be paged yet. Set the pager's service under match in the settings, or type /oncall first."


async def oncall(duties: Duties, ask: Ask) -> Acts:
    """`/oncall [service or team]`: who is on call now."""
    roster = await duties.ask()
    if ask.text:
        found = _narrowed(duties, roster, ask.text)
        if not found and roster.answered and not _is_known(duties, ask.text):
            names = [*(one.name for one in roster.covers), *_names(duties)]
            return (Reply(views.unknown(ask.text, list(dict.fromkeys(names)))),)
        # The others' services are not asked for, so what is unset among them is not told.
        roster = replace(roster, covers=found, unset=())
    now = duties.now_at(duties.plan().teams[0])
    return (Reply(views.overview(roster, duties.person, now, pages=duties.can_page(), asked=ask.text)),)


async def show(duties: Duties, ask: Ask) -> Acts:
    """*All*, or *Who is on call* of the Home tab, in a modal."""
    now = duties.now_at(duties.plan().teams[0])
    return (Next(views.everything(await duties.ask(), duties.person, now, pages=duties.can_page())),)


def _narrowed(duties: Duties, roster: Roster, words: str) -> list[Cover]:
    """A service by its name or the beginning of it, or all services of a team."""
    wanted = words.casefold().strip().lstrip("@#")
    exact = [one for one in roster.covers if one.name.casefold() == wanted]
    if exact:
        return exact
    team = next((one for one in duties.plan().teams if one.name.casefold() == wanted), None)
    if team is not None:
        return [one for one in roster.covers if is_ours(one) and one.name in team.services]
    return [one for one in roster.covers if wanted and one.name.casefold().startswith(wanted)]


def _names(duties: Duties) -> list[str]:
    """What the settings name."""
    plan = duties.plan()
    return [*(one.name for one in plan.services), *(one.name for one in plan.teams)]


def _is_known(duties: Duties, words: str) -> bool:
    return words.casefold().strip().lstrip("@#") in [one.casefold() for one in _names(duties)]


# Paging.


async def page_command(duties: Duties, ask: Ask) -> Acts:
    """`/oncall page [service] [why]`: the form, filled in as far as the words go."""
    targets = duties.targets()
    by_name = sorted(targets, key=lambda one: -len(one.name))
    typed = ask.text.strip()
    starts = (one for one in by_name if f"{typed.casefold()} ".startswith(f"{one.name.casefold()} "))
    chosen = next(starts, None)
    why = typed[len(chosen.name) :].strip() if chosen else typed
    return _form(duties, chosen.key if chosen else "", why)


async def page_form(duties: Duties, ask: Ask) -> Acts:
    """*Page* beside a service, after its question was answered."""
    return _form(duties, ask.key, "")


def _form(duties: Duties, chosen: str, words: str) -> Acts:
    targets = duties.targets()
    if not duties.can_page():
        return (Open(views.cannot_page(NO_PAGER)),)
    if not targets:
        return (Open(views.cannot_page(NO_TARGET)),)
    return (Open(views.page_form(targets, chosen=chosen, words=words[:500])),)


async def page_sent(duties: Duties, ask: Ask) -> Acts:
    cover, words = duties.target(ask.value("service")), ask.value("words")
    if cover is None:
        return (Wrong({"service": "Choose a service"}),)
    if not words:
        return (Wrong({"words": "Say why, so that they know what they wake up for"}),)
    if not duties.can_page():
        return (Next(views.cannot_page(NO_PAGER)),)
    acts = await duties.page(ask, cover, words[:500])
    return (Next(views.paging(cover, duties.team_of(cover).channel)), *acts)
