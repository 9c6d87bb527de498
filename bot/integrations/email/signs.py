"""What a mail tells: a problem, its end, or just something, recognised by the way its sender writes."""

import re
from dataclasses import dataclass, field
from typing import Final, Literal

from bot.domain.alert import Change
from bot.domain.check import Status
from bot.integrations.email.mail import Mail
from bot.integrations.email.rules import Rule

Kind = Literal["nagios", "alertmanager", "backup", "cron", "expected", "plain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """`about` is the same for all mails of a thread. A status of ok says that what it is about is over."""

    kind: Kind
    about: str
    title: str
    status: Status
    lasting: bool = False
    """Whether its sender tells when it is over. It stands until then; the others stand until somebody reads them."""
    change: Change = Change.TRIGGERED
    labels: dict[str, str] = field(default_factory=dict)
    service: str | None = None


def sign_of(mail: Mail, rule: Rule | None) -> Sign | None:
    """None for what is never an alert: bounces, automatic replies, and what a rule takes for nothing."""
    if mail.answers_itself or (rule is not None and rule.do == "ignore"):
        return None
    if rule is not None and rule.by is not None:
        return _expected(mail, rule)
    found = _nagios(mail) or _alertmanager(mail) or _backup(mail) or _cron(mail) or _plain(mail)
    return found if found is None or rule is None else _ruled(found, rule)


def urgent(sign: Sign, rule: Rule | None) -> bool:
    return rule.urgency == "high" if rule is not None and rule.urgency else sign.status is Status.FAIL


def _ruled(sign: Sign, rule: Rule) -> Sign:
    status = sign.status
    if rule.urgency and status is not Status.OK:
        status = Status.FAIL if rule.urgency == "high" else Status.WARN
    return Sign(
        kind=sign.kind,
        about=sign.about,
        title=sign.title,
        status=status,
        lasting=sign.lasting,
        change=sign.change,
        labels={**sign.labels, "rule": rule.name},
        service=rule.service,
    )


def _expected(mail: Mail, rule: Rule) -> Sign:
    status = graded(mail, rule)
    return Sign(
        kind="expected",
        about=f"expected:{rule.name}",
        title=mail.subject or rule.name,
        status=status,
        lasting=True,
        change=Change.RESOLVED if status is Status.OK else Change.TRIGGERED,
        labels={"rule": rule.name},
        service=rule.service,
    )


def graded(mail: Mail, rule: Rule) -> Status:
    """What an expected mail says: by the patterns of its rule, or by the result that its subject names."""
    text = f"{mail.subject}\n{mail.text}"
    own = _backup(mail)
    if rule.failed(text) or (own is not None and own.status is Status.FAIL):
        return Status.FAIL
    if rule.warned(text) or (own is not None and own.status is Status.WARN):
        return Status.WARN
    return Status.OK


# Nagios, Icinga, Naemon: ** PROBLEM Service Alert: db1/Disk / is CRITICAL **, [PROBLEM] Disk on db1 is CRITICAL!

_TYPES: Final = (
    r"(?P<type>PROBLEM|RECOVERY|ACKNOWLEDGEMENT|DOWNTIME(?:START|END|CANCELLED|REMOVED)"
    r"|FLAPPING(?:START|STOP|END|DISABLED)|CUSTOM)"
)
_STATES: Final = "OK|UP|WARNING|CRITICAL|UNKNOWN|DOWN|UNREACHABLE"
_SUBJECTS: Final = (
    re.compile(
        rf"\*\*\s*{_TYPES}\s+(?P<what>Service|Host) Alert:\s*(?P<rest>.+?)\s+is\s+(?P<state>{_STATES})\b", re.IGNORECASE
    ),
    re.compile(rf"^\[{_TYPES}\]\s+(?P<what>Host)?\s*(?P<rest>.+?)\s+is\s+(?P<state>{_STATES})\b", re.IGNORECASE),
)
_LINE: Final = re.compile(
    r"^\s*(?P<name>Notification Type|Service|Host|State)\s*:\s*(?P<value>\S.*?)\s*$", re.IGNORECASE
)
_OVER: Final = ("OK", "UP")
_WORST: Final = ("CRITICAL", "DOWN", "UNREACHABLE")


def _nagios(mail: Mail) -> Sign | None:
    told = _lines(mail.text)
    subject = next((found for pattern in _SUBJECTS if (found := pattern.search(mail.subject))), None)
    type_ = (told.get("notification type") or (subject["type"] if subject else "")).upper()
    if not type_ or (subject is None and "host" not in told):
        return None
    host, service = told.get("host", ""), told.get("service", "")
    if not host and subject is not None:
        host, service = _named(subject)
    state = (told.get("state") or (subject["state"] if subject else "")).upper().partition(" ")[0]
    status = _nagios_status(type_, state)
    return Sign(
        kind="nagios",
        about=f"nagios:{mail.sender}:{host}/{service}",
        title=f"{host}/{service} is {state or type_}" if service else f"{host} is {state or type_}",
        status=status,
        lasting=True,
        change=_nagios_change(type_, status),
        labels={"host": host, "state": state} | ({"check": service} if service else {}),
    )


def _lines(text: str) -> dict[str, str]:
    """The lines at the beginning that name things; what the plugin said comes after them."""
    told: dict[str, str] = {}
    for line in text.split("\n")[:40]:
        if line.strip().lower().startswith("additional info"):
            break
        if found := _LINE.match(line):
            told.setdefault(found["name"].lower(), found["value"][:200])
    return told


def _named(subject: re.Match[str]) -> tuple[str, str]:
    """Host and service out of a subject; a service's name may have slashes, a host's has none."""
    rest = subject["rest"].strip()
    if (subject["what"] or "").lower() == "host":
        return rest, ""
    if subject.string.startswith("["):
        service, _, host = rest.rpartition(" on ")
        return (host, service) if service else (rest, "")
    host, _, service = rest.partition("/")
    return host, service


def _nagios_status(type_: str, state: str) -> Status:
    if state in _OVER:
        return Status.WARN if type_ in ("PROBLEM", "FLAPPINGSTART") else Status.OK
    if type_ == "ACKNOWLEDGEMENT":
        return Status.WARN
    return Status.FAIL if state in _WORST else Status.WARN


def _nagios_change(type_: str, status: Status) -> Change:
    if status is Status.OK:
        return Change.RESOLVED
    return Change.ACKNOWLEDGED if type_ == "ACKNOWLEDGEMENT" else Change.TRIGGERED


# Alertmanager and Grafana: [FIRING:2] DiskFull (db1 critical), [RESOLVED] DiskFull (db1 critical)

_FIRES: Final = re.compile(
    r"^\[(?P<state>FIRING|RESOLVED)(?::\s*\d+)?(?P<more>[^\]]*)\]\s*(?P<rest>.*)$", re.IGNORECASE
)
_CALLS: Final = re.compile(r"\b(?:critical|page)\b", re.IGNORECASE)
_SEVERITY: Final = re.compile(r"\bseverity\W{1,5}(?:critical|page)\b", re.IGNORECASE)


def _alertmanager(mail: Mail) -> Sign | None:
    found = _FIRES.match(mail.subject)
    if found is None:
        return None
    firing = found["state"].upper() == "FIRING" or "firing" in found["more"].lower()
    calls = _CALLS.search(found["rest"]) or _SEVERITY.search(mail.text)
    # Two groups may have the same beginning, so that only the whole of it, or what the mail answers, makes a thread.
    about = mail.thread[0] if mail.thread else found["rest"]
    return Sign(
        kind="alertmanager",
        about=f"alertmanager:{mail.sender}:{about}",
        title=found["rest"] or "An alert without a name",
        status=(Status.FAIL if calls else Status.WARN) if firing else Status.OK,
        lasting=True,
        change=Change.TRIGGERED if firing else Change.RESOLVED,
    )


# Backup tools: [Success] Backup Job 1 (3 objects)

_RESULT: Final = re.compile(r"^\[(?P<result>success|ok|warning|fail(?:ed|ure)?|error)\]\s*(?P<rest>.*)$", re.IGNORECASE)
_COUNTED: Final = re.compile(r"\s*\(\d+ \w+\)\s*$")


def _backup(mail: Mail) -> Sign | None:
    found = _RESULT.match(mail.subject)
    if found is None:
        return None
    result = found["result"].lower()
    status = Status.OK if result in ("success", "ok") else Status.WARN if result == "warning" else Status.FAIL
    name = _COUNTED.sub("", found["rest"])
    return Sign(
        kind="backup",
        about=f"backup:{mail.sender}:{name}",
        title=mail.subject,
        status=status,
        lasting=True,
        change=Change.RESOLVED if status is Status.OK else Change.TRIGGERED,
    )


# cron: Cron <root@db1> /usr/local/bin/backup.sh

_CRON: Final = re.compile(r"^Cron <(?P<who>[^>]*)>\s*(?P<what>.*)$")


def _cron(mail: Mail) -> Sign | None:
    """It printed something; whether it failed it does not say."""
    if not mail.cron:
        return None
    found = _CRON.match(mail.subject)
    host = found["who"].rpartition("@")[2] if found else ""
    about = f"{found['who']} {found['what']}" if found else mail.subject
    return Sign(
        kind="cron",
        about=f"cron:{mail.sender}:{about}",
        title=f"{found['what']} on {host} printed something" if found else mail.subject,
        status=Status.WARN,
        labels={"host": host} if host else {},
    )


_ANSWER: Final = re.compile(r"^(?:(?:re|aw|sv|fwd?|wg|tr)\s*(?:\[\d+\])?:\s*)+", re.IGNORECASE)


def _plain(mail: Mail) -> Sign | None:
    if mail.unanswerable:
        return None
    subject = _ANSWER.sub("", mail.subject)
    title = subject or "A mail without a subject"
    answer = subject != mail.subject and bool(mail.thread)
    change = Change.NOTED if answer else Change.TRIGGERED
    return Sign(kind="plain", about=f"plain:{subject}", title=title, status=Status.WARN, change=change)
