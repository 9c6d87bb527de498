"""The first day of the local workspace: its ids, its people, two groups and four channels."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.local import people as cast
from bot.local.slack.things import Channel, Group, Label, User

if TYPE_CHECKING:  # the world is made of these seeds; at run time the arrow points only one way
    from bot.local.slack.world import World

BOT_NAME: Final = "daywatch"
_BEGINNING: Final = 1_700_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ids:
    """The ids by which this workspace, its app and the app's bot are known."""

    team: str
    app: str
    bot: str
    bot_user: str
    team_domain: str = "local"
    team_name: str = "Local workspace"

    @classmethod
    def of(cls, prefix: str) -> "Ids":
        return cls(team=f"T0{prefix}01", app=f"A0{prefix}01", bot=f"B0{prefix}01", bot_user=f"U0{prefix}BOT")


def people(world: "World") -> None:
    for person in cast.PEOPLE:
        world.keep_user(
            User(
                id=person.slack,
                name=person.name,
                real_name=person.real_name,
                email=person.email,
                guest=person.guest,
                admin=person is cast.ANN,
                updated=_BEGINNING,
            )
        )
    ids = world.ids
    world.keep_user(User(id=ids.bot_user, name=BOT_NAME, real_name="Daywatch", bot_id=ids.bot, updated=_BEGINNING))
    world.keep_user(User(id="USLACKBOT", name="slackbot", real_name="Slackbot", updated=_BEGINNING))
    for group_id, handle, name, members in (
        ("S0ONCALL1", "oncall", "On call", (cast.BOB, cast.ANN)),
        ("S0SRE0001", "sre", "Site reliability", (cast.KIM, cast.ANN)),
    ):
        users = [member.slack for member in members]
        world.keep_group(Group(id=group_id, handle=handle, name=name, users=users, updated=_BEGINNING))


def places(world: "World") -> None:
    team = [person.slack for person in (cast.ANN, cast.BOB, cast.KIM, cast.SAM)]
    everybody = [*team, cast.GIL.slack]
    for channel_id, name, purpose, members in (
        ("C0GENERAL", "general", "Everybody.", everybody),
        ("C0PLATOPS", "platform-ops", "The platform team: morning digest, handovers, changes.", team),
        ("C0INCIDENT", "incidents", "Every incident is announced here.", everybody),
        ("C0ALERTS", "alerts", "Alerts of low urgency wait here for somebody to look.", team),
    ):
        world.keep_channel(
            Channel(
                id=channel_id,
                name=name,
                creator=cast.ANN.slack,
                created=_BEGINNING,
                general=name == "general",
                members=[*members, world.ids.bot_user],
                purpose=Label(value=purpose, creator=cast.ANN.slack, last_set=_BEGINNING),
            )
        )
