"""The marks: a sign that differs in shape, and always the word beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from slack_sdk.models.blocks import RichTextElementParts

from bot.domain.check import Status


@dataclass(frozen=True, slots=True)
class Mark:
    """`sign` for plain_text (a Unicode character), `name` for mrkdwn and rich text, `word` always beside it."""

    sign: str
    name: str
    word: str

    @property
    def mrkdwn(self) -> str:
        return f":{self.name}:"

    @property
    def element(self) -> RichTextElementParts.Emoji:
        return RichTextElementParts.Emoji(name=self.name)

    @property
    def label(self) -> str:
        """Sign and word, for headers and other plain text."""
        return f"{self.sign} {self.word}"

    @property
    def label_mrkdwn(self) -> str:
        return f":{self.name}: {self.word}"


OK: Final = Mark("✅", "white_check_mark", "ok")
WARN: Final = Mark("⚠️", "warning", "warn")
FAIL: Final = Mark("❌", "x", "fail")
UNKNOWN: Final = Mark("❔", "grey_question", "unknown")
BY_HAND: Final = Mark("✋", "raised_hand", "by hand")
SNOOZED: Final = Mark("💤", "zzz", "snoozed")
FIXED: Final = Mark("🔧", "wrench", "fixed")

STATUS: Final[Mapping[Status, Mark]] = MappingProxyType(
    {Status.OK: OK, Status.WARN: WARN, Status.FAIL: FAIL, Status.UNKNOWN: UNKNOWN}
)

SEVERITY: Final = (
    Mark("🚨", "rotating_light", "critical"),
    Mark("🔶", "large_orange_diamond", "major"),
    Mark("🔷", "large_blue_diamond", "minor"),
    Mark("▫️", "white_small_square", "low"),
)


def severity(rank: int, word: str = "") -> Mark:
    """The mark of the `rank`-th severity, worst first from 1; its word comes from the settings when given."""
    mark = SEVERITY[min(max(rank, 1), len(SEVERITY)) - 1]
    return Mark(mark.sign, mark.name, word) if word else mark


TRIAGE: Final = Mark("🔔", "bell", "triage")
INVESTIGATING: Final = Mark("🔎", "mag", "investigating")
IDENTIFIED: Final = Mark("🛠️", "hammer_and_wrench", "identified")
MONITORING: Final = Mark("👀", "eyes", "monitoring")
RESOLVED: Final = Mark("✅", "white_check_mark", "resolved")
CLOSED: Final = Mark("📁", "file_folder", "closed")
MERGED: Final = Mark("🔀", "twisted_rightwards_arrows", "merged")

INCIDENT: Final[Mapping[str, Mark]] = MappingProxyType(
    {mark.word: mark for mark in (TRIAGE, INVESTIGATING, IDENTIFIED, MONITORING, RESOLVED, CLOSED, MERGED)}
)

WORKING: Final = Mark("⏳", "hourglass_flowing_sand", "working")
WAITING: Final = Mark("⏸️", "double_vertical_bar", "waiting")
AGAIN: Final = Mark("🔁", "repeat", "will try again")
NOT_ALLOWED: Final = Mark("🔒", "lock", "not allowed")

LATE: Final = Mark("⏰", "alarm_clock", "late")
FREEZE: Final = Mark("🧊", "ice_cube", "freeze")
PINNED: Final = Mark("📌", "pushpin", "pinned")
DOCUMENT: Final = Mark("📄", "page_facing_up", "document")
ON_CALL: Final = Mark("☎️", "telephone_receiver", "on call")
