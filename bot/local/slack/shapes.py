"""How Slack writes its things as JSON: users, groups, channels, messages, files and views."""

from urllib.parse import quote

from bot.local.slack.asrich import rich_text
from bot.local.slack.seed import Ids
from bot.local.slack.things import Channel, File, Group, Json, Label, Message, User, View
from bot.local.slack.world import World

_AVATAR_SIZES = (24, 32, 48, 72, 192, 512)


def _avatar(person: User) -> Json:
    return {f"image_{size}": f"https://avatars.example.com/{person.id}_{size}.png" for size in _AVATAR_SIZES}


def user(person: User, ids: Ids, *, with_email: bool, with_locale: bool = False) -> Json:
    profile: Json = {
        "real_name": person.real_name,
        "real_name_normalized": person.real_name,
        "display_name": person.real_name.split()[0],
        "display_name_normalized": person.real_name.split()[0],
        "first_name": person.real_name.split()[0],
        "last_name": " ".join(person.real_name.split()[1:]),
        "team": ids.team,
        "title": "",
        "phone": "",
        "skype": "",
        "status_text": "",
        "status_text_canonical": "",
        "status_emoji": "",
        "status_emoji_display_info": [],
        "status_expiration": 0,
        "avatar_hash": "g0local",
        **_avatar(person),
    }
    if with_email and person.email:
        profile["email"] = person.email
    if person.bot_id:
        profile |= {"bot_id": person.bot_id, "api_app_id": ids.app, "always_active": True}
    shape: Json = {
        "id": person.id,
        "team_id": ids.team,
        "name": person.name,
        "deleted": person.deleted,
        "color": "9f69e7",
        "real_name": person.real_name,
        "tz": person.timezone,
        "tz_label": "Central European Time",
        "tz_offset": 3600,
        "profile": profile,
        "is_admin": person.admin,
        "is_owner": person.admin,
        "is_primary_owner": person.admin,
        "is_restricted": person.guest,
        "is_ultra_restricted": False,
        "is_bot": bool(person.bot_id),
        "is_app_user": False,
        "is_email_confirmed": bool(person.email),
        "who_can_share_contact_card": "EVERYONE",
        "updated": person.updated,
    }
    return {**shape, "locale": "en-US"} if with_locale else shape


def group(each: Group, ids: Ids, *, with_users: bool) -> Json:
    shape: Json = {
        "id": each.id,
        "team_id": ids.team,
        "is_usergroup": True,
        "is_subteam": True,
        "name": each.name,
        "description": "",
        "handle": each.handle,
        "is_external": False,
        "date_create": each.updated,
        "date_update": each.updated,
        "date_delete": 0,
        "auto_type": None,
        "auto_provision": False,
        "enterprise_subteam_id": "",
        "created_by": "U0ANN0001",
        "updated_by": "U0ANN0001",
        "deleted_by": None,
        "prefs": {"channels": [], "groups": []},
        "user_count": len(each.users),
        "channel_count": 0,
    }
    if with_users:
        shape["users"] = list(each.users)
    return shape


def _label(label: Label) -> Json:
    return {"value": label.value, "creator": label.creator, "last_set": label.last_set}


_PUBLIC_KIND: Json = {
    "is_channel": True,
    "is_group": False,
    "is_im": False,
    "is_mpim": False,
    "is_shared": False,
    "is_ext_shared": False,
    "is_org_shared": False,
    "is_pending_ext_shared": False,
    "is_frozen": False,
    "pending_shared": [],
    "pending_connected_team_ids": [],
    "parent_conversation": None,
    "unlinked": 0,
}


_NEVER_READ = "0000000000.000000"


def _direct(each: Channel, world: World, *, listed: bool) -> Json:
    shape: Json = {
        "id": each.id,
        "created": each.created,
        "is_im": True,
        "is_org_shared": False,
        "context_team_id": world.ids.team,
        "updated": each.created * 1000,
        "user": each.partner,
        "is_archived": False,
        "priority": 0,
    }
    if listed:
        return {**shape, "is_user_deleted": world.users[each.partner].deleted}
    messages = world.in_order(each.id)
    latest = message(messages[-1], world) if messages else None
    read = {"last_read": _NEVER_READ, "latest": latest, "unread_count": 0, "unread_count_display": 0}
    return {**shape, **read, "is_open": True}


def channel(each: Channel, world: World, *, with_count: bool = False, listed: bool = False) -> Json:
    """A conversation; `listed` among others it says less."""
    if each.direct:
        return _direct(each, world, listed=listed)
    shape: Json = {
        **_PUBLIC_KIND,
        "id": each.id,
        "name": each.name,
        "name_normalized": each.name,
        "is_private": each.private,
        "is_archived": each.archived,
        "is_general": each.general,
        "context_team_id": world.ids.team,
        "shared_team_ids": [world.ids.team],
        "created": each.created,
        "updated": each.created * 1000,
        "creator": each.creator,
        "is_member": world.bot_is_in(each),
        "topic": _label(each.topic),
        "purpose": _label(each.purpose),
        "previous_names": list(each.previous_names),
    }
    if not listed and world.bot_is_in(each):
        shape |= {"last_read": _NEVER_READ, "priority": 0}
    if with_count:
        shape["num_members"] = len(each.members)
    return shape


def message(each: Message, world: World, *, with_metadata: bool = True) -> Json:
    """A message as history, events and payloads show it."""
    shape: Json = {"type": "message", "user": each.user, "text": each.text, "ts": each.ts}
    shape |= _origin(each, world)
    for name in ("thread_ts", "blocks", "attachments", "edited"):
        if value := getattr(each, name):
            shape[name] = value
    if "client_msg_id" in each.extra and each.text and not each.blocks:
        shape["blocks"] = rich_text(each)
    if each.metadata and with_metadata:
        shape["metadata"] = each.metadata
    if each.reactions:
        shape["reactions"] = [{**one, "count": len(one["users"])} for one in each.reactions]
    if each.files:
        shape["files"] = [file(world.files[one], world) for one in each.files if one in world.files]
        shape["upload"] = True
    return shape | _pinned(each, world) | each.extra | _thread(each, world)


def _pinned(each: Message, world: World) -> Json:
    channel = world.channels.get(each.channel)
    for pin in channel.pins if channel else ():
        if pin["ts"] == each.ts:
            known = {"channel": each.channel, "pinned_by": pin["user"], "pinned_ts": pin["created"]}
            return {"pinned_to": [each.channel], "pinned_info": known}
    return {}


_WITH_TEAM = frozenset({"channel_join", "channel_leave", "channel_name", "channel_archive", "channel_unarchive"})


def _origin(each: Message, world: World) -> Json:
    shape: Json = {"subtype": each.subtype} if each.subtype else {}
    if each.subtype in _WITH_TEAM:
        shape["team"] = world.ids.team
    if each.bot_id:
        known = {"bot_id": each.bot_id, "app_id": each.app_id, "team": world.ids.team}
        return shape | known | {"bot_profile": bot_profile(world)}
    return shape if each.subtype else {"team": world.ids.team}


_REPLIERS_SHOWN = 5


def _thread(each: Message, world: World) -> Json:
    if not each.thread_ts:
        return {}
    if each.thread_ts != each.ts:
        parent = world.message(each.channel, each.thread_ts)
        if parent is None:
            return {}
        known: Json = {"parent_user_id": parent.user}
        # What is said to the channel, too, carries what it answers.
        return {**known, "root": message(parent, world)} if each.subtype == "thread_broadcast" else known
    replies = world.replies(each.channel, each.ts)
    if not replies:
        return {}
    return {
        "reply_count": len(replies),
        "reply_users_count": len({reply.user for reply in replies}),
        "latest_reply": replies[-1].ts,
        "reply_users": list(dict.fromkeys(reply.user for reply in replies))[:_REPLIERS_SHOWN],
        "is_locked": False,
        "subscribed": False,
    }


def icons(world: World) -> Json:
    return {f"image_{size}": f"https://avatars.example.com/{world.ids.app}_{size}.png" for size in (36, 48, 72)}


def bot_profile(world: World) -> Json:
    return {
        "id": world.ids.bot,
        "app_id": world.ids.app,
        "user_id": world.ids.bot_user,
        "name": world.users[world.ids.bot_user].name,
        "icons": icons(world),
        "deleted": False,
        "updated": world.users[world.ids.bot_user].updated,
        "team_id": world.ids.team,
    }


_FILE_TYPES = {"txt": ("text", "Plain Text"), "md": ("markdown", "Markdown"), "": ("binary", "Binary")}


def file(each: File, world: World) -> Json:
    ending = each.name.rpartition(".")[2] if "." in each.name else ""
    filetype, pretty = _FILE_TYPES.get(ending, (ending, ending.upper()))
    at = f"{world.url}/slack/files/{each.id}"
    places = [world.channels[one] for one in each.channels]
    return {
        "id": each.id,
        "created": each.created,
        "timestamp": each.created,
        "name": each.name,
        "title": each.title,
        "mimetype": each.mimetype,
        "filetype": filetype,
        "pretty_type": pretty,
        "user": each.user,
        "user_team": world.ids.team,
        "editable": False,
        "size": each.length,
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": any(one.kind == "channel" for one in places),
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": f"{at}/{quote(each.name)}",
        "url_private_download": f"{at}/download/{quote(each.name)}",
        "media_display_type": "unknown",
        "permalink": f"{world.url}/files/{each.id}",
        "comments_count": 0,
        "is_starred": False,
        "shares": _shares(each, places, world),
        "channels": [one.id for one in places if one.kind == "channel"],
        "groups": [one.id for one in places if one.kind == "group"],
        "ims": [one.id for one in places if one.kind == "im"],
        "has_more_shares": False,
        "has_rich_preview": False,
        "file_access": "visible",
    }


def _shares(each: File, places: list[Channel], world: World) -> Json:
    """Where it was said: the only place that tells the `ts` of the message that carries a file."""
    shares: Json = {}
    for place in places:
        for said in (one for one in world.in_order(place.id) if each.id in one.files):
            share = {
                "reply_users": [],
                "reply_users_count": 0,
                "reply_count": 0,
                "ts": said.ts,
                "channel_name": place.name,
                "team_id": world.ids.team,
                "share_user_id": each.user,
                "source": "UNKNOWN",
                "is_silent_share": False,
            }
            if said.thread_ts:
                share["thread_ts"] = said.thread_ts
            shares.setdefault("public" if place.kind == "channel" else "private", {}).setdefault(place.id, []).append(
                share
            )
    return shares


_VIEW_DEFAULTS: Json = {
    "title": None,
    "close": None,
    "submit": None,
    "private_metadata": "",
    "callback_id": "",
    "external_id": "",
    "clear_on_close": False,
    "notify_on_close": False,
}


def _is_home(each: View) -> bool:
    return bool(each.shape["type"] == "home")


def view(each: View, world: World) -> Json:
    """A view as calls answer it and payloads carry it."""
    home = {"title": {"type": "plain_text", "text": "View Title", "emoji": True}} if _is_home(each) else {}
    return {
        "id": each.id,
        "team_id": world.ids.team,
        **_VIEW_DEFAULTS,
        **home,
        **each.shape,
        "state": {"values": each.state},
        "hash": each.hash,
        "root_view_id": each.root_id,
        "previous_view_id": each.previous_id or None,
        "app_id": world.ids.app,
        "app_installed_team_id": world.ids.team,
        "bot_id": world.ids.bot,
    }
