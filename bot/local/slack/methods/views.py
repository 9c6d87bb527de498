"""Methods that open, push, redraw and publish views."""

from bot.local.slack import modals, shapes
from bot.local.slack.arguments import Arguments
from bot.local.slack.blockkit.blocks import Surface
from bot.local.slack.errors import SlackError, invalid_arguments
from bot.local.slack.methods import finding
from bot.local.slack.slack import Slack
from bot.local.slack.things import Json, View


def _trigger_id(args: Arguments) -> str:
    return args.text("trigger_id") or args.text("interactivity_pointer") or args.needed("trigger_id")


async def open_view(slack: Slack, args: Arguments) -> Json:
    trigger_id = _trigger_id(args)
    shape = modals.judged(args.structure("view"), "modal")
    trigger = slack.triggers.take(trigger_id)
    return _answer(slack, modals.open_stack(slack, trigger.user, shape))


async def push_view(slack: Slack, args: Arguments) -> Json:
    trigger_id = _trigger_id(args)
    shape = modals.judged(args.structure("view"), "modal")
    trigger = slack.triggers.take(trigger_id)
    return _answer(slack, modals.push(slack, trigger.user, shape))


async def update_view(slack: Slack, args: Arguments) -> Json:
    view = _named(slack, args)
    if view is None:
        raise SlackError("not_found")
    surface: Surface = "home" if view.shape["type"] == "home" else "modal"
    shape = modals.judged(args.structure("view"), surface)
    _check_hash(view, args)
    return _answer(slack, modals.replace(slack, view, shape))


def _named(slack: Slack, args: Arguments) -> View | None:
    if args.has("view_id"):
        wanted = args.text("view_id")
        homes = (each for each in slack.world.homes.values() if each.id == wanted)
        return slack.world.views.get(wanted) or next(homes, None)
    if args.has("external_id"):
        wanted = args.text("external_id")
        return next((each for each in slack.world.views.values() if each.external_id == wanted), None)
    raise invalid_arguments("missing required field: view_id")


def _check_hash(view: View | None, args: Arguments) -> None:
    if view is not None and args.has("hash") and args.text("hash") != view.hash:
        raise SlackError("hash_conflict")


async def publish_view(slack: Slack, args: Arguments) -> Json:
    person = finding.user(slack, args.needed("user_id"))
    shape = modals.judged(args.structure("view"), "home")
    _check_hash(slack.world.homes.get(person.id), args)
    return _answer(slack, modals.publish_home(slack, person.id, shape))


def _answer(slack: Slack, view: View) -> Json:
    return {"view": shapes.view(view, slack.world)}
