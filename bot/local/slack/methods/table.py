"""Every Web API method this stand-in answers."""

from collections.abc import Awaitable, Callable
from typing import Final

from bot.local.slack.arguments import Arguments
from bot.local.slack.methods import basics, chat, conversations, files, history, marks, people, views
from bot.local.slack.slack import Slack
from bot.local.slack.things import Json

Method = Callable[[Slack, Arguments], Awaitable[Json]]

METHODS: Final[dict[str, Method]] = {
    "api.test": basics.api_test,
    "auth.test": basics.auth_test,
    "apps.connections.open": basics.connections_open,
    "team.info": basics.team_info,
    "bots.info": basics.bots_info,
    "users.list": people.users_list,
    "users.info": people.users_info,
    "users.lookupByEmail": people.lookup_by_email,
    "users.conversations": people.users_conversations,
    "usergroups.list": people.usergroups_list,
    "usergroups.users.list": people.usergroups_users_list,
    "conversations.create": conversations.create,
    "conversations.info": conversations.info,
    "conversations.list": conversations.list_all,
    "conversations.members": conversations.members,
    "conversations.history": history.history,
    "conversations.replies": history.replies,
    "conversations.invite": conversations.invite,
    "conversations.join": conversations.join,
    "conversations.kick": conversations.kick,
    "conversations.leave": conversations.leave,
    "conversations.open": conversations.open_direct,
    "conversations.rename": conversations.rename,
    "conversations.archive": conversations.archive,
    "conversations.unarchive": conversations.unarchive,
    "conversations.setTopic": conversations.set_topic,
    "conversations.setPurpose": conversations.set_purpose,
    "conversations.mark": conversations.mark,
    "chat.postMessage": chat.post_message,
    "chat.postEphemeral": chat.post_ephemeral,
    "chat.update": chat.update,
    "chat.delete": chat.delete,
    "chat.getPermalink": chat.permalink,
    "pins.add": marks.pins_add,
    "pins.remove": marks.pins_remove,
    "pins.list": marks.pins_list,
    "reactions.add": marks.reactions_add,
    "reactions.remove": marks.reactions_remove,
    "reactions.get": marks.reactions_get,
    "bookmarks.add": marks.bookmarks_add,
    "bookmarks.edit": marks.bookmarks_edit,
    "bookmarks.remove": marks.bookmarks_remove,
    "bookmarks.list": marks.bookmarks_list,
    "views.open": views.open_view,
    "views.push": views.push_view,
    "views.update": views.update_view,
    "views.publish": views.publish_view,
    "files.getUploadURLExternal": files.upload_url,
    "files.completeUploadExternal": files.complete_upload,
    "files.info": files.info,
}
