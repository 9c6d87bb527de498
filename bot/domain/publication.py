"""What people outside Slack are told about an incident."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One piece of news. `incident` (INC-42) is how the next piece finds what this one left there."""

    incident: str
    title: str
    severity: str
    rank: int
    """Of the severity: 0 is the worst."""
    status: str
    words: str = ""
    """Empty for the announcement of a new incident."""
    link: str = ""
