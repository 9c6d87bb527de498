"""Asks Jira, for `daywatch doctor`, whether everything we do there would be allowed."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from bot.domain.errors import Refused
from bot.integrations.foreign import shown
from bot.integrations.jira.site import Site

_NEEDED: Final = {
    "BROWSE_PROJECTS": "see the project's tickets",
    "CREATE_ISSUES": "create tickets",
    "EDIT_ISSUES": "edit tickets",
    "ADD_COMMENTS": "add comments",
    "TRANSITION_ISSUES": "move tickets",
    "LINK_ISSUES": "link tickets",
    "ASSIGN_ISSUES": "assign tickets",
}
Told = tuple[str, str | None]


async def asked(site: Site, types: Sequence[str]) -> Sequence[Told]:
    """What was tried, and what to do where it did not work. Raises when we are not let in at all."""
    me = await site.me()
    told: list[Told] = [(f"signed in as {shown(me.shown or me.id, limit=60)} ({shown(me.id, limit=60)})", None)]
    told.append(await _flavour(site))
    try:
        await site.project()
    except Refused:
        project = site.login.project
        remedy = f"Give the account the right to browse {project}, or set JIRA_PROJECT to another key."
        return [*told, (f"project {project}", remedy)]
    told.append((f"project {site.login.project}", None))
    for what, step in (("rights in the project", _rights), ("issue types", partial(_screens, types=types))):
        try:
            told += await step(site)
        except Refused as error:
            told.append((what, str(error)))
    return told


async def _flavour(site: Site) -> Told:
    is_cloud = (await site.server()).deployment.casefold() == "cloud"
    if is_cloud == site.login.cloud:
        return ("Jira Cloud" if is_cloud else "Jira Data Center", None)
    if is_cloud:
        return ("kind of Jira", "This is Jira Cloud: set JIRA_EMAIL and JIRA_API_TOKEN instead of JIRA_PAT.")
    return ("kind of Jira", "This is Jira Data Center: set JIRA_PAT instead of JIRA_EMAIL and JIRA_API_TOKEN.")


async def _rights(site: Site) -> Sequence[Told]:
    have = await site.rights(list(_NEEDED))
    scheme = f"in the permission scheme of {site.login.project}."
    return [
        (f"right to {words}", None if name in have and have[name].have else f"Grant {name} to the account {scheme}")
        for name, words in _NEEDED.items()
    ]


async def _screens(site: Site, types: Sequence[str]) -> Sequence[Told]:
    there = {one.name.casefold(): one for one in await site.issue_types() if not one.subtask}
    told: list[Told] = []
    for name in dict.fromkeys(types):
        match = there.get(name.strip().casefold())
        if match is None:
            told.append(
                (f"issue type {name}", "Set JIRA_ISSUE_TYPE and JIRA_ACTION_ISSUE_TYPE to types of the project.")
            )
        elif "labels" not in await site.create_screen(match.id):
            told.append((f"issue type {name}", "Add the field Labels to its create screen."))
        else:
            told.append((f"issue type {name}", None))
    return told
