"""The pieces of mrkdwn that need care: links, mentions, bold names. Foreign words only as `short_name` or `code`."""

from bot.slack.blocks.text import TITLE, safe_url, short_name


def link_mrkdwn(url: str | None, text: str, limit: int = TITLE) -> str:
    """`<url|name>`; an address that is not http or https leaves only the name."""
    address = safe_url(url)
    name = short_name(text, limit)
    # "&" in an address is escaped like everywhere in mrkdwn; Slack turns it back before it opens the page.
    return name if address is None else f"<{address.replace('&', '&amp;')}|{name}>"


def bold_mrkdwn(text: str, limit: int = TITLE) -> str:
    return f"*{short_name(text, limit)}*"


def user_mrkdwn(user_id: str) -> str:
    """A mention: it notifies, so only where `ux` allows one. An id of another shape is shown as a name."""
    return f"<@{user_id}>" if user_id.isascii() and user_id.isalnum() else short_name(user_id)


def channel_mrkdwn(channel_id: str) -> str:
    return f"<#{channel_id}>" if channel_id.isascii() and channel_id.isalnum() else short_name(channel_id)
