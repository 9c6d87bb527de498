"""What the outside can do for us, named by the doing and never by a vendor. Features know these and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol, TypedDict, TypeVar, runtime_checkable

from bot.domain.access import AccessFound
from bot.domain.alert import Alert, AlertChanged, Standing
from bot.domain.change import Change, ChangeReported
from bot.domain.check import Check
from bot.domain.error_line import ErrorLines
from bot.domain.flag import Flag
from bot.domain.mark import Mark, Panel
from bot.domain.oncall import OnCall
from bot.domain.person import Author
from bot.domain.publication import Publication
from bot.domain.report import KeptReport, Report
from bot.domain.ticket import RecordDraft, RecordKind, RecordMoved, Ticket, TicketChanged, TicketDraft
from bot.domain.trend import Crossing

Capability = TypeVar("Capability")


class ChannelMade(TypedDict):
    """A channel that stands: its id, and the name it really got."""

    id: str
    name: str


class MessageRead(TypedDict):
    """Somebody's message: raw words (unescaped), and who wrote it."""

    words: str
    author: str | None


Notice = AlertChanged | ChangeReported | TicketChanged | RecordMoved
"""What a webhook can tell us, in our own form."""


class Reader(Protocol):
    """Bytes in, notices out: pure, no clock and no network."""

    def parse(self, body: bytes) -> Sequence[Notice]:
        """The news in it. Empty for an event nobody follows; `Unreadable` for a body that is not as documented."""


class Webhook(Reader, Protocol):
    """Reads what a system sends us, once it has proved who it is."""

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raise `BadSignature` unless the request proves its sender. Header names are lower case."""

    def delivery_key(self, headers: Mapping[str, str], body: bytes) -> str | None:
        """The id that a redelivery repeats, from inside the signed body; None when the source has none."""

    def object_key(self, body: bytes) -> str:
        """Which object it is about: deliveries about one object are worked off in the order of their arrival."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A notice that was fetched. `key` is what the same one has again, also for another replica or mailbox."""

    key: str
    object_key: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """What was there, the oldest first. `upto` is where the next look begins; it means something to its source only."""

    notices: Sequence[Arrived]
    upto: str | None


@runtime_checkable
class Source(Reader, Protocol):
    """Holds notices that nobody sends us: it is asked for them again and again."""

    @property
    def source(self) -> str:
        """Which alerts are its own: the `Alert.source` it writes."""

    async def arrived(self, after: str | None) -> Arrivals:
        """What came after the last look; None where there was none yet. What was taken before may be among it."""


class ReportReader(Protocol):
    """Reads what CI posts to `/reports/<system>`, once its token was found good."""

    def report(self, body: bytes, about: Mapping[str, str]) -> Report:
        """What the output says. `about` is the query of the address (`name`, `exit_code`…), foreign as the body is.

        Pure and called in a thread. `Unreadable` with the remedy for what is not as documented: the sender sees it.
        """


class Reports(Protocol):
    """The reports that were posted for one system."""

    async def kept(self) -> Sequence[KeptReport]:
        """All that are kept, of every name, the newest first."""


@runtime_checkable
class DailyCheck(Protocol):
    """Answers a part of the morning checklist."""

    def checks(self) -> Sequence[Check]:
        """The checks it offers, declared without I/O."""


@runtime_checkable
class Pager(Protocol):
    """Calls people, and is kept in step about who has an alert. `alert` ids are the pager's own.

    Each may run twice: it looks at the state first, so that a stale call neither reopens nor repeats.
    """

    @property
    def source(self) -> str:
        """Which alerts are its own: the `Alert.source` it writes."""

    @property
    def takes_notes(self) -> bool:
        """Whether updates can be put there. A pager that can only call people is not asked to."""

    async def acknowledge(self, alert: str, by: Author) -> None: ...

    async def resolve(self, alert: str, by: Author, words: str) -> None: ...

    async def note(self, alert: str, text: str, by: Author, *, once: str) -> None: ...

    async def page(
        self, service_ref: str, title: str, message: str, by: Author, *, once: str, email: str | None
    ) -> str:
        """Call whoever is on call for the service, or the person with `email`; returns the page's id."""


@runtime_checkable
class Duty(Protocol):
    """Knows who is on call."""

    async def on_call(self) -> Sequence[OnCall]:
        """Everybody on call now, lowest level first."""

    async def coming(self, until: datetime) -> Sequence[OnCall]:
        """Every duty that begins between now and then, the earliest first."""


@runtime_checkable
class AlertLookup(Protocol):
    """Can be asked what became of alerts that it told us of, for when a notice was lost."""

    @property
    def source(self) -> str:
        """Which alerts are its own: the `Alert.source` it writes."""

    async def look(self, alerts: Sequence[Alert]) -> Standing:
        """How these of its alerts stand, which fire as far as we know. `VendorError` when it did not answer in full."""


@runtime_checkable
class AccessList(Protocol):
    """Knows who may do what, for the access review. It only reads: people decide, and people take away."""

    @property
    def source(self) -> str:
        """Where its list comes from."""

    async def access(self) -> AccessFound:
        """Everybody and everything that has access. `VendorError` when it can tell nothing at all."""


@runtime_checkable
class ChangeLog(Protocol):
    """Knows what was changed lately."""

    @property
    def source(self) -> str:
        """The `Change.source` it writes."""

    async def changed(self, since: datetime) -> Sequence[Change]:
        """Every change that began or ended since then. `VendorError` when it did not answer in full."""


@runtime_checkable
class Pipelines(Protocol):
    """Runs pipelines again, stops them, lets those go on that wait for a person. `run` is the id of the change.

    Each may run twice: it looks at the state first, and what is so already is not done again.
    """

    @property
    def source(self) -> str:
        """Which changes are its own: the `Change.source` it writes."""

    async def rerun(self, run: str, by: Author, *, once: str) -> str:
        """Returns the id of the run that it began, which may be the same. `Refused` when it cannot be run again."""

    async def cancel(self, run: str, by: Author) -> None:
        """What has ended already is as it should be."""

    async def approve(self, run: str, by: Author, words: str) -> None:
        """Let it go on. `Refused` when it waits for nobody, or not for us."""


@runtime_checkable
class Flags(Protocol):
    """Knows the feature flags."""

    @property
    def source(self) -> str:
        """The `Flag.source` it writes."""

    async def flags(self) -> Sequence[Flag]:
        """All that are in use, none that is archived. `VendorError` when it did not answer in full."""

    async def flag(self, project: str, key: str) -> Flag:
        """One, as it is now. `NotFound` when there is none, or when it is archived."""


@runtime_checkable
class Switchboard(Flags, Protocol):
    """Switches feature flags."""

    async def switch(self, flag: Flag, environment: str, *, on: bool, by: Author, why: str) -> None:
        """May run twice: it looks at the state first, and what is so already is not done again.

        `Refused` where a flag that nobody has seen the rules of would go on for everybody, and where somebody has to
        approve it there.
        """


@runtime_checkable
class Silencer(Protocol):
    """Keeps one alert from calling people for a while, at the place that sends it. Each may run twice."""

    @property
    def source(self) -> str:
        """Which alerts it can silence: the `Alert.source` it writes."""

    async def silence(
        self, fingerprint: str, labels: Mapping[str, str], until: datetime, by: Author, reason: str, *, once: str
    ) -> str:
        """Silence this alert and no other; returns the silence's id. The same `once` finds the one it made.

        `fingerprint` is the source's own id of the alert. `NotFound` when it does not fire there (any more),
        `Refused` for a silence that would hide others as well.
        """

    async def end_silence(self, silence: str) -> None:
        """End it now; one that is over, or not there any more, is as it should be."""


@runtime_checkable
class Ticketing(Protocol):
    """Files tickets. Every method may run twice: a repeat of `once` finds the first."""

    async def file(self, draft: TicketDraft) -> Ticket: ...

    async def relate(self, ticket: str, to: str) -> None:
        """Link two tickets; a link that is there already stays the only one."""

    async def point_back(self, ticket: str, url: str, title: str, *, once: str) -> None:
        """A link from the ticket to us; the same `once` replaces the earlier one."""

    async def move(self, ticket: str, *, done: bool) -> None:
        """To the first status of the wanted category that the workflow allows from here."""

    async def change(
        self, ticket: str, *, due: date | None, assignee_email: str | None, summary: str | None = None
    ) -> None:
        """Bring date, owner and title to what we say, as far as the ticket can show it; what is None stays."""

    async def rewrite(self, ticket: str, body: str) -> None:
        """Put another text in the place of the ticket's own. `body` is Markdown, as in a draft."""


@runtime_checkable
class TicketSearch(Protocol):
    """Reads tickets."""

    @property
    def kept_in(self) -> str:
        """What to call the place where the tickets are."""

    async def tickets(self, keys: Sequence[str]) -> Sequence[Ticket]: ...

    async def search(self, words: str, *, most: int) -> Sequence[Ticket]:
        """Those with all of these words (or with this key), the last changed first; `words` is what somebody typed."""


@runtime_checkable
class Registry(Protocol):
    """Keeps the organisation's own records of incidents and changes, beside ours and in step with them.

    Each may run twice: a repeat of `once` finds the first, a repeat of `step` changes nothing.
    """

    @property
    def kept_in(self) -> str:
        """What to call it."""

    async def register(self, draft: RecordDraft) -> Ticket: ...

    async def follow(self, once: str, kind: RecordKind, *, done: bool, words: str, step: str) -> None:
        """Bring the record to where we are, with an internal note. What its own people closed stays closed."""


@runtime_checkable
class ServiceErrors(Protocol):
    """Reads what a service wrote into its logs when something went wrong."""

    @property
    def kept_in(self) -> str:
        """What to call the place where the logs are."""

    async def top_errors(self, service: str, labels: Mapping[str, str], since: datetime, *, most: int) -> ErrorLines:
        """The most frequent errors since then, redacted. `labels` are how alerts of the service are recognised."""


@runtime_checkable
class ErrorShare(Protocol):
    """Knows how much of what is logged are errors."""

    @property
    def kept_in(self) -> str:
        """What to call the place where the logs are."""

    async def error_share(self, until: datetime) -> float | None:
        """Of the lines in the hour before then, from 0 to 1; None where it cannot be told, or nothing was logged."""


@runtime_checkable
class Marker(Protocol):
    """Shows on its graphs when something happened."""

    @property
    def title(self) -> str:
        """What to call it, and by what it is known among those that are connected."""

    async def mark(self, mark: Mark) -> None:
        """Bring the mark to what is said now. May run twice: the same `once` stays one mark."""


@runtime_checkable
class PanelPictures(Protocol):
    """Draws the panel behind an alert."""

    @property
    def source(self) -> str:
        """Of which alerts it has panels: the `Alert.source` it writes."""

    async def panel(self, alert: Alert) -> Panel | None:
        """As it looked around the alert's start; None when no panel stands behind it. Takes up to a minute."""


@runtime_checkable
class Broadcast(Protocol):
    """Tells people who are not in Slack about an incident."""

    @property
    def title(self) -> str:
        """What to call it, and by what it is known among those that are connected."""

    @property
    def public(self) -> bool:
        """Whether customers read it: it gets words of its own, from somebody who may speak to them."""

    async def publish(self, news: Publication) -> None:
        """May run twice: where it can look, it looks first whether the news stands there."""


@runtime_checkable
class Probe(Protocol):
    """Lets `daywatch doctor` ask whether it is reachable, authenticated and has the rights it needs."""

    async def probe(self) -> Sequence[tuple[str, str | None]]:
        """Pairs of (what was tried, None when it works or what to do). Raises `VendorError` when nothing works."""


ACTS_OUTSIDE: tuple[type[object], ...] = (
    Pager,
    Pipelines,
    Switchboard,
    Silencer,
    Ticketing,
    Registry,
    Marker,
    Broadcast,
)
"""The capabilities that change something at the vendor's."""


class Painter(Protocol):
    """Draws pictures."""

    async def png(self, crossing: Crossing) -> bytes:
        """A trend with its limit, legible on a phone. `Unavailable` when it cannot be drawn."""


class Pictures(Protocol):
    """Keeps pictures where messages can show them."""

    async def upload(self, name: str, content: bytes, *, title: str = "", alt: str = "") -> str:
        """The picture's id, for a message's image. Done twice it is there twice, and nobody sees the first."""


class Connections(Protocol):
    """Everything that is connected. Features ask it for capabilities: `connections.all(DailyCheck)`."""

    def all(self, capability: type[Capability]) -> Sequence[Capability]: ...


class Chat(Protocol):
    """The rooms people talk in. Every method may run twice and looks before it repeats.

    Results are plain JSON, since durable steps keep them.
    """

    async def create_channel(self, name: str, *, marker: str, private: bool) -> ChannelMade:
        """A channel called `name`, or nearly so when somebody else has that; ours is found by `marker`."""

    async def show(self, key: str) -> None:
        """Bring the message with this key to its wanted state: posted when it is not there, else redrawn."""

    async def invite(self, channel: str, users: Sequence[str]) -> dict[str, str]:
        """Invite people in one call. Answers who could not be invited, with the reason, by user id."""

    async def topic(self, channel: str, text: str) -> None: ...

    async def pin(self, key: str) -> None:
        """Pin the message with this key."""

    async def bookmark(self, channel: str, title: str, url: str) -> None:
        """Add a bookmark unless one with the same link is there."""

    async def react(self, channel: str, ts: str, emoji: str) -> None: ...

    async def rename(self, channel: str, name: str) -> str: ...

    async def archive(self, channel: str) -> None: ...

    async def user_by_email(self, email: str) -> str | None: ...

    async def whisper(self, key: str, channel: str, user: str) -> None:
        """Draw the message with this key for one person alone, in a channel they are in. Slack forgets it."""

    async def point_to(self, channel: str, *, view: str, user: str, title: str, words: str, key: str) -> None:
        """Tell somebody where to go: in the modal they have open, else as a direct message (once, by its key)."""

    async def message(self, channel: str, ts: str) -> MessageRead | None:
        """What somebody wrote; None when it is not there (any more)."""
