"""Mails as their senders write them."""

from datetime import datetime, timedelta
from email.utils import format_datetime

from tests.integrations.email.server import NOW, Lying

BODY = """***** Nagios *****

Notification Type: {type}

Service: {service}
Host: {host}
Address: 10.0.0.5
State: {state}

Date/Time: Mon Nov 23 07:30:00 UTC 2026

Additional Info:

DISK {state} - free space: / 120 MB
"""


def mail(
    subject: str,
    text: str = "Look at it",
    *,
    ago: timedelta = timedelta(hours=1),
    seen: bool = False,
    sender: str = "Alerts <alerts@example.com>",
    number: str | None = None,
    dated: datetime | None = None,
    **headers: str,
) -> Lying:
    """A mail that came some time ago. `number` is what stands before the @ of its Message-ID."""
    at = NOW - ago
    lines = {
        "From": sender,
        "To": "alerts-in@example.com",
        "Subject": subject,
        "Date": format_datetime(dated or at),
        "Message-ID": f"<{number or abs(hash((subject, text, at)))}@example.com>",
        "Content-Type": "text/plain; charset=utf-8",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "".join(f"{name}: {value}\n" for name, value in lines.items() if value)
    content = f"{head}\n{text}\n".replace("\n", "\r\n").encode()
    return Lying(content=content, at=at, flags="\\Seen" if seen else "")


def nagios(
    type_: str = "PROBLEM",
    state: str = "CRITICAL",
    *,
    host: str = "db1",
    service: str = "Disk /",
    ago: timedelta = timedelta(hours=1),
    seen: bool = False,
    sender: str = "nagios@example.com",
) -> Lying:
    subject = f"** {type_} Service Alert: {host}/{service} is {state} **"
    text = BODY.format(type=type_, service=service, host=host, state=state)
    return mail(subject, text, ago=ago, seen=seen, sender=sender)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)
