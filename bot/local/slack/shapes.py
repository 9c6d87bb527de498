"""How Slack writes its things as JSON: users, groups, channels, messages, files and views."""

from bot.local.slack.seed import Ids
from bot.local.slack.things import Channel, File, Group, Json, Label, Message, User, View
from bot.local.slack.world import World


def user(person: User, ids: Ids, *, with_email: bool) -> Json:
    profile: Json = {
        "real_name": person.real_name,
        "real_name_normalized": person.real_name,
        "display_name": person.real_name.split()[0],
        "display_name_normalized": person.real_name.split()[0],
        "first_name": person.real_name.split()[0],
        "last_name": " ".join(person.real_name.split()[1:]),
        "team": ids.team,
        "title": "",
        "status_text": "",
        "status_emoji": "",
        "avatar_hash": "g0local",
    }
    if with_email and person.email:
        profile["email"] = person.email
    if person.bot_id:
        profile |= {"bot_id": person.bot_id, "api_app_id": ids.app, "always_active": True}
    return {
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
        "updated": person.updated,
    }


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
        "created_by": "U0ANN0001",
        "updated_by": "U0ANN0001",
        "deleted_by": None,
        "prefs": {"channels": [], "groups": []},
        "user_count": len(each.users),
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
    "pending_shared": [],
    "parent_conversation": None,
    "unlinked": 0,
}


def channel(each: Channel, world: World, *, with_count: bool = False) -> Json:
    if each.direct:
        return {
            "id": each.id,
            "created": each.created,
            "is_im": True,
            "is_org_shared": False,
            "context_team_id": world.ids.team,
            "user": each.partner,
            "is_archived": False,
            "is_user_deleted": False,
            "priority": 0,
        }
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
    if each.metadata and with_metadata:
        shape["metadata"] = each.metadata
    if each.reactions:
        shape["reactions"] = [{**one, "count": len(one["users"])} for one in each.reactions]
    if each.files:
        shape["files"] = [file(world.files[one], world) for one in each.files if one in world.files]
        shape["upload"] = True
    return shape | each.extra | _thread(each, world)


def _origin(each: Message, world: World) -> Json:
    shape: Json = {"subtype": each.subtype} if each.subtype else {}
    if each.bot_id:
        known = {"bot_id": each.bot_id, "app_id": each.app_id, "team": world.ids.team}
        return shape | known | {"bot_profile": bot_profile(world)}
    return shape if each.subtype else {"team": world.ids.team}


def _thread(each: Message, world: World) -> Json:
    if not each.thread_ts:
        return {}
    if each.thread_ts != each.ts:
        parent = world.message(each.channel, each.thread_ts)
        return {"parent_user_id": parent.user} if parent else {}
    replies = world.replies(each.channel, each.ts)
    if not replies:
        return {}
    return {
        "reply_count": len(replies),
        "reply_users_count": len({reply.user for reply in replies}),
        "latest_reply": replies[-1].ts,
        "reply_users": sorted({reply.user for reply in replies}),
        "is_locked": False,
        "subscribed": False,
    }


def bot_profile(world: World) -> Json:
    return {
        "id": world.ids.bot,
        "app_id": world.ids.app,
        "user_id": world.ids.bot_user,
        "name": world.users[world.ids.bot_user].name,
        "icons": {},
        "deleted": False,
        "updated": world.users[world.ids.bot_user].updated,
        "team_id": world.ids.team,
    }


def file(each: File, world: World) -> Json:
    return {
        "id": each.id,
        "created": each.created,
        "timestamp": each.created,
        "name": each.name,
        "title": each.title,
        "mimetype": each.mimetype,
        "filetype": each.name.rpartition(".")[2],
        "user": each.user,
        "size": each.length,
        "mode": "hosted",
        "is_external": False,
        "is_public": bool(each.channels),
        "url_private": f"https://files.example.com/{world.ids.team}-{each.id}/{each.name}",
        "permalink": f"https://{world.ids.team_domain}.example.com/files/{each.user}/{each.id}/{each.name}",
        "channels": [one for one in each.channels if one.startswith("C")],
        "ims": [one for one in each.channels if one.startswith("D")],
        "groups": [],
    }


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


def view(each: View, world: World) -> Json:
    """A view as calls answer it and payloads carry it."""
    return {
        "id": each.id,
        "team_id": world.ids.team,
        **_VIEW_DEFAULTS,
        **each.shape,
        "state": {"values": each.state},
        "hash": each.hash,
        "root_view_id": each.root_id,
        "previous_view_id": each.previous_id or None,
        "app_id": world.ids.app,
        "app_installed_team_id": world.ids.team,
        "bot_id": world.ids.bot,
    }
