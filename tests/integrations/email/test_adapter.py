"""The mailbox's answers: what stands open, what is unread, what did not come, and no ok that nothing shows."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final

import pytest
from pydantic import SecretStr, ValidationError

from bot.domain.check import Answer, Status
from bot.domain.errors import NotAuthorised, NotFound, Refused, Unavailable, VendorError
from bot.integrations import Wiring
from bot.integrations.email import client
from bot.integrations.email.adapter import Email
from bot.integrations.email.rules import Rule
from bot.integrations.email.settings import EmailSettings
from bot.integrations.http import Outside
from tests.integrations.contract.faults import HOSTILE_NAMES
from tests.integrations.contract.test_faults import blemishes
from tests.integrations.email.mails import hours, mail, nagios
from tests.integrations.email.scripted import PASSWORD
from tests.integrations.email.server import NOW, Lying, Server, Special, fetched, serving

QUIET: Final = mail("Weekly report", seen=True, ago=hours(30))


@asynccontextmanager
async def mailbox(
    *mails: Lying,
    instead: Mapping[str, Special] | None = None,
    server: Server | None = None,
    patience: float = 5.0,
    thresholds: Mapping[str, Mapping[str, float]] | None = None,
    **settings: Any,  # any of the settings
) -> AsyncIterator[Email]:
    async with serving(server or Server(mails=mails, instead=instead or {})) as there:
        given = {"host": "127.0.0.1", "port": there.port, "security": "none", "user": "alerts", **settings}
        ours = EmailSettings(**{"password": SecretStr(PASSWORD), **given})
        outside = Outside(patience=patience, now=lambda: NOW)
        email = Email.connect(ours, Wiring(outside=outside, thresholds=thresholds or {}))
        try:
            yield email
        finally:
            await email.aclose()
            await outside.aclose()


async def asked(*mails: Lying, **how: Any) -> Answer:
    """What the check of alerts says. Any: as `mailbox` takes it."""
    async with mailbox(*mails, **how) as email:
        answer = await email.alerts()
    assert blemishes(answer, [PASSWORD]) == []
    return answer


def titles(answer: Answer) -> list[tuple[str, Status]]:
    return [(one.title, one.status) for one in answer.evidence]


async def test_a_mailbox_in_which_all_is_over_and_read_is_ok() -> None:
    async with mailbox(QUIET, nagios(ago=hours(3)), nagios("RECOVERY", "OK", ago=hours(2))) as email:
        for check in email.checks():
            answer = await check.ask()
            assert answer.status is Status.OK, answer
        assert {remedy for _, remedy in await email.probe()} == {None}


@pytest.mark.parametrize(
    ("mails", "found"),
    [
        ([nagios()], [("db1/Disk / is CRITICAL", Status.FAIL)]),
        ([nagios(seen=True)], [("db1/Disk / is CRITICAL", Status.FAIL)]),
        ([nagios(state="WARNING")], [("db1/Disk / is WARNING", Status.WARN)]),
        ([nagios(ago=hours(3)), nagios("ACKNOWLEDGEMENT", ago=hours(2))], [("db1/Disk / is CRITICAL", Status.WARN)]),
        ([nagios("RECOVERY", "OK", ago=hours(3)), nagios(ago=hours(2))], [("db1/Disk / is CRITICAL", Status.FAIL)]),
        ([nagios("FLAPPINGSTART", "OK")], [("db1/Disk / is OK", Status.WARN)]),
        ([nagios("DOWNTIMESTART", "OK")], []),
        ([nagios("RECOVERY", "CRITICAL")], [("db1/Disk / is CRITICAL", Status.FAIL)]),
        (
            [nagios(ago=hours(3)), nagios("RECOVERY", "OK", service="Load", ago=hours(2))],
            [("db1/Disk / is CRITICAL", Status.FAIL)],
        ),
        (
            [nagios(ago=hours(3)), nagios("RECOVERY", "OK", ago=hours(2), sender="other@example.com")],
            [("db1/Disk / is CRITICAL", Status.FAIL)],
        ),
        ([mail("** PROBLEM Host Alert: web2 is DOWN **", "custom")], [("web2 is DOWN", Status.FAIL)]),
        ([mail("[PROBLEM] Disk on db1 is CRITICAL!", "icinga")], [("db1/Disk is CRITICAL", Status.FAIL)]),
        (
            [
                mail("** PROBLEM Host Alert: web2 is DOWN **", "custom", ago=hours(3)),
                mail("** RECOVERY Host Alert: web2 is UP **", "custom", ago=hours(2)),
            ],
            [],
        ),
        ([mail("[FIRING:2] DiskFull (db1 critical)")], [("DiskFull (db1 critical)", Status.FAIL)]),
        ([mail("[FIRING:1] DiskFull (db1)", seen=True)], [("DiskFull (db1)", Status.WARN)]),
        (
            [mail("[FIRING:1] DiskFull (db1)", ago=hours(3)), mail("[RESOLVED] DiskFull (db1)", ago=hours(2))],
            [],
        ),
        (
            [mail("[FIRING:1] DiskFull (db1)", ago=hours(3)), mail("[RESOLVED] DiskFull (db2)", ago=hours(2))],
            [("DiskFull (db1)", Status.WARN)],
        ),
        (
            [
                mail("[FIRING:2] DiskFull", ago=hours(3), References="<alert-1@am>"),
                mail("[RESOLVED] DiskFull (db1)", ago=hours(2), References="<alert-1@am>"),
            ],
            [],
        ),
        ([mail("[FIRING:1, RESOLVED:2] Rule")], [("Rule", Status.WARN)]),
        ([mail("[Failed] Backup Job 1 (3 objects)", seen=True)], [("[Failed] Backup Job 1 (3 objects)", Status.FAIL)]),
        (
            [
                mail("[Failed] Backup Job 1 (3 objects)", ago=hours(3)),
                mail("[Success] Backup Job 1 (2 objects)", ago=hours(2)),
            ],
            [],
        ),
        (
            [mail("[Failed] Backup Job 1", ago=hours(3)), mail("[Success] Backup Job 2", ago=hours(2))],
            [("[Failed] Backup Job 1", Status.FAIL)],
        ),
        (
            [mail("Cron <root@db1> /usr/bin/backup.sh", X_Cron_Env="<SHELL=/bin/sh>")],
            [("/usr/bin/backup.sh on db1 printed something", Status.WARN)],
        ),
        ([mail("Cron <root@db1> /usr/bin/backup.sh", seen=True)], []),
        ([mail("Disk is full"), mail("Re: Disk is full", "I look")], [("Disk is full", Status.WARN)]),
        ([mail("")], [("A mail without a subject", Status.WARN)]),
        ([mail("Out of office", Auto_Submitted="auto-replied")], []),
        ([mail("Undelivered", Content_Type="multipart/report; boundary=x")], []),
        ([mail("Undelivered", Return_Path="<>")], []),
        ([nagios(ago=timedelta(days=15), seen=True)], []),
        ([nagios(ago=timedelta(days=40))], [("db1/Disk / is CRITICAL", Status.FAIL)]),
        ([nagios(ago=timedelta(days=8), seen=True)], [("db1/Disk / is CRITICAL", Status.FAIL)]),
    ],
)
async def test_what_stands_open_is_found(mails: Sequence[Lying], found: Sequence[tuple[str, Status]]) -> None:
    answer = await asked(QUIET, *mails)
    assert titles(answer) == found
    assert answer.status is (found[0][1] if found else Status.OK)


async def test_mails_are_ordered_by_the_time_their_sender_wrote_where_that_is_credible() -> None:
    late = mail("[RESOLVED] Disk", ago=hours(1), dated=NOW - hours(4))
    assert titles(await asked(mail("[FIRING:1] Disk", ago=hours(3)), late)) == [("Disk", Status.WARN)]
    nonsense = mail("[RESOLVED] Disk", ago=hours(1), dated=NOW + timedelta(days=900))
    assert titles(await asked(mail("[FIRING:1] Disk", ago=hours(3)), nonsense)) == []


async def test_mails_of_one_thread_are_one_finding_that_tells_since_when() -> None:
    answer = await asked(nagios(ago=hours(5)), nagios(ago=hours(3)), nagios(ago=hours(1)))
    (one,) = answer.evidence
    assert one.since == NOW - hours(5)
    assert one.detail.startswith("3 mails, the last from nagios@example.com")
    (again,) = (await asked(nagios(state="WARNING"))).evidence
    assert again.key == one.key


async def test_an_empty_or_silent_mailbox_is_unknown() -> None:
    for mails, words in (
        ((), "The folder is empty"),
        ((mail("Old", ago=timedelta(days=9), seen=True),), "Nothing came for 7 days"),
    ):
        async with mailbox(*mails) as email:
            for answer in (await email.alerts(), await email.mailbox()):
                assert answer.status is Status.UNKNOWN
                assert words in (answer.reason or "")


async def test_thresholds_are_the_team_s() -> None:
    thresholds = {"email.mailbox": {"quiet_days": 20, "slow_seconds": 0}, "email.alerts": {"days": 2}}
    old = (nagios(ago=timedelta(days=3), seen=True), mail("Old", ago=timedelta(days=9), seen=True))
    async with mailbox(*old, thresholds=thresholds) as email:
        assert (await email.alerts()).status is Status.OK
        assert (await email.mailbox()).status is Status.WARN


RULES: Final = (
    Rule(name="news", sender="@news", do="ignore"),
    Rule.model_validate({"name": "nightly dump", "subject": "^pg_dump", "by": "06:00", "timezone": "Europe/Berlin"}),
    Rule(name="box", sender="^nas@", urgency="high", service="files"),
)


@pytest.mark.parametrize(
    ("mails", "status", "words"),
    [
        ([mail("pg_dump shop", "Done, 0 failed", ago=hours(5))], Status.OK, "nightly dump: came Mon 23 Nov 04:30"),
        ([mail("pg_dump shop", "Done", ago=hours(29))], Status.FAIL, "did not come by Mon 23 Nov 06:00"),
        ([QUIET], Status.FAIL, "did not come by Mon 23 Nov 06:00"),
        ([], Status.FAIL, "did not come by Mon 23 Nov 06:00"),
        ([mail("pg_dump shop", "Done", ago=hours(1))], Status.WARN, "after its time (06:00)"),
        ([mail("pg_dump shop", "dump FAILED", ago=hours(5))], Status.FAIL, "and says: pg_dump shop"),
        ([mail("pg_dump shop", "1 warning", ago=hours(5))], Status.WARN, "and says: pg_dump shop"),
        (
            [mail("pg_dump shop", "failed", ago=hours(6)), mail("pg_dump shop", "Done", ago=hours(5))],
            Status.OK,
            "nightly dump: came",
        ),
        ([mail("pg_dump", "Done", ago=hours(5), Auto_Submitted="auto-replied")], Status.FAIL, "did not come"),
    ],
)
async def test_an_expected_mail_is_judged_by_its_time_and_what_it_says(
    mails: Sequence[Lying], status: Status, words: str
) -> None:
    async with mailbox(*mails, rules=RULES) as email:
        answer = await email.expected()
    assert (answer.status, words in answer.summary) == (status, True), answer


async def test_rules_ignore_and_grade_mails() -> None:
    news = mail("Buy now", sender="x@news.example.com")
    answer = await asked(news, mail("Fan", sender="nas@example.com"), mail("pg_dump", "failed"), rules=RULES)
    assert titles(answer) == [("Fan", Status.FAIL)]


async def test_where_proof_is_asked_for_a_forged_recovery_ends_nothing() -> None:
    proof = "mx.example.com; spf=pass; dkim=pass header.d=example.com"
    firing = mail("[FIRING:1] Disk", ago=hours(3), Authentication_Results=proof)
    forged = mail("[RESOLVED] Disk", ago=hours(2), Authentication_Results="mx.evil.com; dkim=pass")
    answer = await asked(firing, forged, trusted_server="mx.example.com")
    assert titles(answer) == [("Disk", Status.WARN), ("1 unread mails do not prove their sender", Status.WARN)]


@pytest.mark.parametrize("kind", HOSTILE_NAMES)
async def test_hostile_words_come_out_as_short_plain_text(kind: str) -> None:
    name = HOSTILE_NAMES[kind].encode("utf-8", "replace").decode().replace("\n", "\n ").replace("\r", "")
    for one in (mail(name), mail("[FIRING:1] " + name, name), nagios(host=name[:900], service=name[:900])):
        answer = await asked(one)
        assert answer.status in (Status.WARN, Status.FAIL), answer


@pytest.mark.parametrize(
    "content",
    [
        b"\r\n",
        b"\xff\xfe\x00",
        b"Subject: =?utf-8?B?8J+Y?= =?x-nonsense?Q?a?=\r\nContent-Type: text/plain; charset=nonsense\r\n\r\n\xff",
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nYWJj\xff=",
        b"From: <<<>>,,,\r\nMessage-ID: <<x>\r\nReferences: \x00\r\nDate: tomorrow\r\n\r\n",
        b"Content-Type: text/html\r\n\r\n<![bad<!--<style>x<script>y",
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n" * 300,
    ],
)
async def test_a_mail_built_to_break_readers_is_a_mail_all_the_same(content: bytes) -> None:
    answer = await asked(QUIET, Lying(content=content))
    assert answer.status is Status.WARN


async def test_markup_is_read_as_text() -> None:
    page = "<style>b{}</style><p>Severity: <b>critical</b></p>"
    answer = await asked(mail("[FIRING:1] Disk", page, Content_Type="text/html"))
    assert answer.status is Status.FAIL


def no(why: str) -> Special:
    return lambda tag: tag + f" NO {why}\r\n".encode()


def once(special: Special, usual: bytes) -> Special:
    turns = iter((True,))
    return lambda tag: special(tag) if next(turns, False) else usual + tag + b" OK done\r\n"


FAULTS: Final[Mapping[str, tuple[str, Special, type[VendorError], str]]] = {
    "a wrong password": ("LOGIN", no("[AUTHENTICATIONFAILED] no"), NotAuthorised, "Renew IMAP_PASSWORD"),
    "too many connections": ("LOGIN", no("[LIMIT] Too many"), Unavailable, "at the moment"),
    "logged in and no further": ("LOGIN", lambda tag: tag + b" OK Logged in, but\r\nCUT", Unavailable, "broke off"),
    "no such folder": ("EXAMINE", no("[NONEXISTENT] no"), NotFound, "Check IMAP_FOLDER"),
    "no right to the folder": ("EXAMINE", no("[NOPERM] no"), NotAuthorised, "the right to read it"),
    "a folder of unknown size": ("EXAMINE", lambda tag: tag + b" OK done\r\n", Refused, "how many"),
    "no search": ("SEARCH", no("no"), Refused, "refused the search"),
    "an answer without an answer": ("SEARCH", lambda tag: tag + b" OK done\r\n", Refused, "nothing at all"),
    "a search that is no list": (
        "SEARCH",
        lambda tag: b"* SEARCH x\r\n" + tag + b" OK done\r\n",
        Refused,
        "do not know",
    ),
    "half of the mails": ("FETCH", lambda tag: tag + b" OK done\r\n", Unavailable, "listed 1 mails and gave 0"),
    "a mail without its time": (
        "FETCH",
        lambda tag: b"* 1 FETCH (UID 1 FLAGS () BODY[]<0> {1}\r\nx)\r\n" + tag + b" OK done\r\n",
        Unavailable,
        "gave 0",
    ),
    "a date of nonsense": (
        "FETCH",
        lambda tag: b'* 1 FETCH (UID 1 FLAGS () INTERNALDATE "soon" BODY[]<0> {1}\r\nx)\r\n' + tag + b" OK done\r\n",
        Refused,
        "a form we do not know",
    ),
    "a mail cut off": ("FETCH", lambda _: fetched(1, QUIET)[:300] + b"CUT", Unavailable, "broke off"),
    "20 MB": ("FETCH", lambda _: b"* 1 FETCH (UID 1 BODY[]<0> {30000000}\r\n", Refused, "more than 20 MB"),
    "a web server": ("greeting", lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n", Unavailable, "does not speak IMAP"),
    "a line without end": ("EXAMINE", lambda _: b"* OK " + b"x" * 1_100_000, Refused, "a form we do not know"),
    "a goodbye": ("greeting", lambda _: b"* BYE busy\r\n", Unavailable, "IMAP"),
    "silence at first": ("greeting", lambda _: None, Unavailable, "no answer"),
    "silence later": ("FETCH", lambda _: None, Unavailable, "no answer"),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_is_told_with_its_remedy_and_never_ok(fault: str) -> None:
    command, special, kind, words = FAULTS[fault]
    async with mailbox(QUIET, instead={command: special}, patience=0.6, rules=RULES) as email:
        for check in email.checks():
            with pytest.raises(kind, match=words) as told:
                await check.ask()
            assert PASSWORD not in str(told.value)


async def test_each_look_is_counted_by_its_outcome() -> None:
    async with mailbox(QUIET, instead={"EXAMINE": once(no("[NONEXISTENT] no"), b"* 1 EXISTS\r\n")}) as email:
        with pytest.raises(NotFound):
            await email.arrived(None)
        await email.arrived(None)
        counted = email._wiring.outside.registry
    for outcome in ("not_found", "ok"):
        labels = {"system": "the mailbox", "outcome": outcome}
        assert counted.get_sample_value("daywatch_outside_calls_total", labels) == 1


async def test_trouble_that_is_over_at_once_is_not_told() -> None:
    async with mailbox(QUIET, instead={"LOGIN": once(no("[UNAVAILABLE] busy"), b"")}) as email:
        assert (await email.alerts()).status is Status.OK


async def test_nobody_there_and_a_password_in_the_open_are_told() -> None:
    async with mailbox(port=1) as email:
        with pytest.raises(Unavailable, match="the connection was refused"):
            await email.mailbox()
    async with mailbox(host="mail.example.com") as email:
        with pytest.raises(Refused, match="IMAP_SECURITY=none shows the password"):
            await email.mailbox()
    async with mailbox(password=SecretStr("two\nlines")) as email:
        with pytest.raises(Refused, match="cannot be sent"):
            await email.mailbox()


@pytest.mark.parametrize(("security", "words"), [("ssl", "does not speak TLS"), ("starttls", "offers no STARTTLS")])
async def test_a_server_without_encryption_gets_no_password(security: str, words: str) -> None:
    server = Server(mails=(QUIET,))
    async with mailbox(server=server, security=security, patience=2.0) as email:
        with pytest.raises(VendorError, match=words):
            await email.mailbox()
    assert [line for line in server.asked if PASSWORD in line] == []


async def test_nothing_is_changed_in_the_mailbox() -> None:
    server = Server(mails=(QUIET,))
    async with mailbox(server=server, folder='Alerts "é" & co') as email:
        await email.alerts()
        await email.arrived(None)
    verbs = {" ".join(line.split(" ")[:2]) for line in server.asked}
    assert {verb.split(" ")[0] for verb in verbs} <= {"CAPABILITY", "LOGIN", "EXAMINE", "UID"}
    assert 'EXAMINE "Alerts \\"&AOk-\\" &- co"' in server.asked
    assert all("BODY.PEEK[]" in line for line in server.asked if "FETCH" in line)


async def test_pages_of_mails_are_read_to_the_end_and_too_many_are_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [mail("Fine", str(number), seen=True, number=str(number)) for number in range(205)]
    assert (await asked(*many, nagios())).status is Status.FAIL
    monkeypatch.setattr(client, "MOST", 200)
    async with mailbox(*many) as email:
        with pytest.raises(Refused, match="more than 200 mails"):
            await email.alerts()
        first = await email.arrived(None)
        rest = await email.arrived(first.upto)
    assert [len(one.notices) for one in (first, rest)] == [200, 5]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[{name: x}]", "give a pattern"),
        ("[{name: x, subject: '('}]", "not a regular expression"),
        ("[{name: x, subject: a, timezone: Mars}]", "no time zone"),
        ("[{name: x, subject: a, colour: red}]", "0.colour"),
        ("[{name: x, subject: a, by: '06:00', do: ignore}]", "cannot be ignored"),
        ("[", "not YAML, line 1"),
        ("/nowhere/rules.yaml", "cannot be read"),
    ],
)
def test_a_bad_rule_stops_the_start_with_its_remedy(text: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        EmailSettings(rules=text)  # type: ignore[arg-type] # as the environment gives it


def test_rules_are_read_from_a_file(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text('- {name: dump, subject: "^pg_dump", by: "06:00", days: [mon]}\n')
    monkeypatch.setenv("IMAP_RULES", str(file))
    (rule,) = EmailSettings().rules
    assert [moment.isoformat() for moment in rule.deadlines(NOW)] == [
        "2026-11-23T06:00:00+00:00",
        "2026-11-16T06:00:00+00:00",
    ]
