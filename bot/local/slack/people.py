"""What an admin of the workspace does to people and groups; the app hears of it."""

from bot.local.slack import acting
from bot.local.slack.acting import NotPossible
from bot.local.slack.slack import Slack


def set_active(slack: Slack, admin: str, user: str, *, active: bool) -> None:
    """Deactivate somebody who left, or take them back."""
    _check_admin(slack, admin)
    who = acting.person(slack, user)
    who.deleted, who.updated = not active, int(slack.world.now())
    slack.world.keep_user(who)
    slack.news.user_changed(who)


def set_group(slack: Slack, admin: str, handle: str, users: list[str]) -> None:
    """Change who is in a user group. A group is never empty."""
    _check_admin(slack, admin)
    group = next((each for each in slack.world.groups.values() if each.handle == handle.removeprefix("@")), None)
    if group is None:
        raise NotPossible(f"there is no group {handle!r}")
    if not users:
        raise NotPossible("a group cannot be emptied")
    before, updated_before = group.users, group.updated
    group.users, group.updated = [acting.person(slack, user).id for user in users], int(slack.world.now())
    slack.world.keep_group(group)
    slack.news.group_changed(group, before, updated_before)


def _check_admin(slack: Slack, admin: str) -> None:
    if not acting.person(slack, admin).admin:
        raise NotPossible("only an admin does this")
