"""Emoji by their short names: `:white_check_mark:` as a character, where there is one."""

import re
from functools import lru_cache
from typing import Final

from rich.emoji import Emoji

_NEWER: Final = {  # in Slack's list, not yet in the library's
    "ice_cube": "🧊",
    "large_green_circle": "🟢",
    "large_yellow_circle": "🟡",
    "large_orange_circle": "🟠",
    "large_green_square": "🟩",
    "large_yellow_square": "🟨",
    "large_red_square": "🟥",
    "white_circle": "⚪",
    "saluting_face": "🫡",
    "slightly_smiling_face": "🙂",
}
_SHORT_NAME: Final = re.compile(r":([a-z0-9_+'-]{1,60}):(?::skin-tone-[2-6]:)?")


@lru_cache(maxsize=4096)  # names come from outside: bounded
def emoji(name: str) -> str:
    """The character, or the name between colons when nobody drew one."""
    code = f":{name}:"
    if name in _NEWER:
        return _NEWER[name]
    drawn = Emoji.replace(code) if _SHORT_NAME.fullmatch(code) else code
    # As a picture also where the character could be a letter form: ⚠️, not ⚠.
    return f"{drawn}\ufe0f" if len(drawn) == 1 and drawn < "\U0001f000" else drawn


def with_emoji(text: str) -> str:
    """Draw the short names in text; what comes back is as safe as what was given."""
    return _SHORT_NAME.sub(lambda match: emoji(match[1]), text)
