"""Mails on their way through intake: which alert each one is news of, and which mail is the same mail again."""

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.alert import AlertChanged, AlertState, Change, Urgency
from bot.domain.capabilities import Arrived
from bot.domain.errors import Unreadable
from tests.integrations.email.mails import hours, mail, nagios
from tests.integrations.email.server import NOW, Lying, Server
from tests.integrations.email.test_adapter import RULES, mailbox


async def fetched(*mails: Lying, **how: Any) -> list[Arrived]:  # Any: as `mailbox` takes it
    async with mailbox(*mails, **how) as email:
        return [*(await email.arrived(None)).notices]


async def news(*mails: Lying, **how: Any) -> list[AlertChanged]:
    async with mailbox(*mails, **how) as email:
        found = [notice for one in (await email.arrived(None)).notices for notice in email.parse(one.body)]
    assert all(isinstance(one, AlertChanged) for one in found)
    return [one for one in found if isinstance(one, AlertChanged)]


async def test_a_recovery_ends_the_alert_of_its_problem_and_comes_after_it() -> None:
    mails = (nagios(ago=hours(3)), nagios("ACKNOWLEDGEMENT", ago=hours(2)), nagios("RECOVERY", "OK", ago=hours(1)))
    problem, taken, over = await news(*mails)
    assert [one.change for one in (problem, taken, over)] == [Change.TRIGGERED, Change.ACKNOWLEDGED, Change.RESOLVED]
    assert problem.alert.key == taken.alert.key == over.alert.key
    alert = problem.alert
    assert (alert.title, alert.state, alert.urgency) == ("db1/Disk / is CRITICAL", AlertState.FIRING, Urgency.HIGH)
    assert alert.labels == {
        "sender": "nagios@example.com",
        "kind": "nagios",
        "host": "db1",
        "state": "CRITICAL",
        "check": "Disk /",
    }
    assert alert.occurred_at == NOW - hours(3)
    assert "free space" in alert.description
    assert len({one.object_key for one in await fetched(*mails)}) == 1


async def test_cron_and_plain_mails_are_alerts_of_their_own_with_one_fingerprint() -> None:
    first, second = await news(mail("Cron <root@db1> x", ago=hours(2)), mail("Cron <root@db1> x", ago=hours(1)))
    assert first.alert.key != second.alert.key
    assert first.alert.fingerprint == second.alert.fingerprint
    assert {first.alert.urgency, second.alert.urgency} == {Urgency.LOW}


async def test_rules_decide_urgency_and_service_and_what_is_nothing() -> None:
    (box,) = await news(
        mail("Fan", sender="nas@example.com"),
        mail("Buy", sender="x@news.example.com"),
        rules=RULES,
    )
    assert (box.alert.urgency, box.alert.service_name, box.alert.labels["rule"]) == (Urgency.HIGH, "files", "box")
    failed, good = await news(mail("pg_dump", "FAILED", ago=hours(3)), mail("pg_dump", "Done"), rules=RULES)
    assert (failed.change, good.change) == (Change.TRIGGERED, Change.RESOLVED)
    assert failed.alert.key == good.alert.key


async def test_bounces_vacations_and_answers_of_people_open_nothing() -> None:
    mails = (
        mail("Out of office", Auto_Submitted="auto-replied"),
        mail("Undelivered", Content_Type="multipart/report; boundary=x"),
        mail("Undelivered", sender="MAILER-DAEMON@example.com"),
        mail("Re: Disk", In_Reply_To="<1@example.com>"),
    )
    assert await news(*mails) == []


async def test_what_does_not_prove_its_sender_opens_nothing_where_that_is_asked_for() -> None:
    proof = "MX.example.com; dkim=pass header.d=example.com"
    forged = f"mx.evil.com; dkim=fail\nAuthentication-Results: {proof}"  # only the topmost is our own server's
    mails = (mail("A", Authentication_Results=proof), mail("B", Authentication_Results=forged), mail("C"))
    found = await news(*mails, trusted_server="mx.example.com")
    assert [one.alert.title for one in found] == ["A"]


async def test_the_same_mail_has_the_same_key_and_another_one_another() -> None:
    same = (mail("A", number="1"), mail("[copy] A", number="1", Delivered_To="b@example.com"))
    reused = mail("A", number="1", ago=hours(2))
    bare = [mail("A", Message_ID="", ago=ago, dated=NOW) for ago in (hours(2), hours(1))]
    bare_other = mail("A", "Something else", Message_ID="", dated=NOW)
    keys = [one.key for one in await fetched(*same, reused, *bare, bare_other)]
    assert keys[0] == keys[1]
    assert keys[3] == keys[4]
    assert len(set(keys)) == 4


async def test_after_a_look_only_what_is_new_is_fetched_and_a_new_numbering_begins_anew() -> None:
    server = Server(mails=[mail("A", number="1")])
    async with mailbox(server=server) as email:
        first = await email.arrived(None)
        again = await email.arrived(first.upto)
        assert ([*again.notices], again.upto) == ([], first.upto)
        server.mails = [*server.mails, mail("B", number="2")]
        (new,) = (await email.arrived(first.upto)).notices
        server.validity = 8
        assert [one.key for one in (await email.arrived(first.upto)).notices] == [first.notices[0].key, new.key]


async def test_old_mails_open_nothing_after_a_start() -> None:
    old = mail("A", ago=timedelta(hours=25))
    assert await news(old) == []
    assert len(await news(old, look_back_hours=48)) == 1
    assert await news(mail("B"), alerts=False) == []


@pytest.mark.parametrize(
    "body", [b"", b"null", b"{}", b'{"mail": "\\u2603", "arrived": "2026-11-23T08:30:00Z"}', b"\xff"]
)
async def test_what_is_no_kept_mail_is_unreadable(body: bytes) -> None:
    async with mailbox() as email:
        with pytest.raises(Unreadable, match="not a mail"):
            email.parse(body)


async def test_a_mail_with_anything_in_it_is_parsed() -> None:
    content = bytes(range(256)) * 40
    (one,) = await news(Lying(content=b"Subject: x\r\n\r\n" + content))
    assert one.alert.title == "x"
    assert len(one.alert.description) <= 1_000
    assert "\x00" not in one.alert.description
