"""Methods about files: an address for the bytes, then sharing what arrived there."""

from typing import Final

from bot.local.slack import shapes
from bot.local.slack.arguments import Arguments
from bot.local.slack.errors import SlackError, invalid_arguments
from bot.local.slack.happenings import publish
from bot.local.slack.ids import fresh_id
from bot.local.slack.methods import finding
from bot.local.slack.slack import Slack
from bot.local.slack.things import Channel, File, Json, Message

BIGGEST: Final = 20_000_000  # ours; enough for charts and tables


async def upload_url(slack: Slack, args: Arguments) -> Json:
    name, length = args.needed("filename"), args.number("length", 0)
    if length <= 0:
        raise invalid_arguments("must be more than 0 [json-pointer:/length]")
    if length > BIGGEST:
        raise SlackError("file_upload_size_restricted")
    made = File(
        id=fresh_id("F"),
        name=name,
        title=name,
        length=length,
        created=int(slack.world.now()),
        user=slack.world.ids.bot_user,
    )
    slack.world.keep_file(made)
    return {"upload_url": f"{slack.url}/slack/upload/{made.id}", "file_id": made.id}


async def complete_upload(slack: Slack, args: Arguments) -> Json:
    wanted = args.objects("files")
    if not wanted:
        raise invalid_arguments("missing required field: files")
    files = [_ready(slack, each) for each in wanted]
    places = _targets(slack, args)
    for file, each in zip(files, wanted, strict=True):
        file.title = str(each.get("title") or file.name)
        file.completed = True
        file.channels += [where.id for where in places]
        slack.world.keep_file(file)
    for where in places:
        _share(slack, where, files, args)
    return {"files": [{"id": file.id, "title": file.title} for file in files]}


def _ready(slack: Slack, wanted: Json) -> File:
    file = slack.world.files.get(str(wanted.get("id"))) if isinstance(wanted, dict) else None
    if file is None or file.completed or not file.uploaded:
        raise SlackError("file_not_found")
    return file


def _targets(slack: Slack, args: Arguments) -> list[Channel]:
    """Where they are shared: `channel_id` is one place, `channels` names several; a person is their direct message."""
    wanted = [args.text("channel_id")] if args.has("channel_id") else args.names("channels")
    places = [finding.place(slack, Arguments(given={"channel": each})) for each in wanted]
    if not all(slack.world.bot_is_in(where) for where in places):
        raise SlackError("not_in_channel")
    return places


def _share(slack: Slack, where: Channel, files: list[File], args: Arguments) -> None:
    ids = slack.world.ids
    message = Message(
        ts=slack.world.stamps.next(),
        channel=where.id,
        user=ids.bot_user,
        bot_id=ids.bot,
        app_id=ids.app,
        text=args.text("initial_comment"),
        subtype="file_share",
        files=[file.id for file in files],
        thread_ts=args.text("thread_ts"),
    )
    publish(slack, message)


async def info(slack: Slack, args: Arguments) -> Json:
    file = slack.world.files.get(args.needed("file"))
    if file is None or not file.completed:
        raise SlackError("file_not_found")
    return {"file": shapes.file(file, slack.world), "comments": [], "response_metadata": {"next_cursor": ""}}
