"""How posted lists are read, judged, and handed to the access review."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from bot.domain.access import AccessFound, Holder
from bot.domain.check import Answer, Status
from bot.domain.errors import Unreadable
from bot.integrations import Wiring
from bot.integrations.access.adapter import PostedAccess
from bot.integrations.access.reports import AccessReader
from bot.integrations.access.settings import AccessSettings
from bot.integrations.http import Outside
from tests.integrations.access.scripted import SCRIPT, day, key, posted, row
from tests.integrations.contract.asking import posted as kept
from tests.integrations.contract.script import Post
from tests.integrations.moment import still

SETTINGS = AccessSettings(report_token=SecretStr("x"), report_max_age_hours=48)
CSV = """System;Principal;Role;Kind;Name;Email;Admin;Second factor;Last_used;Expires
aws-prod;ana;Admin;user;Ana Berg;ana@example.com;yes;no;2026-02-01;
aws-prod;AKIA1;write;key;;;;;N/A;2026-12-31T10:00:00Z
"""


def ours(*posts: Post, age: timedelta = timedelta(0), thresholds: Mapping[str, Any] | None = None) -> PostedAccess:
    reports = kept("access", SCRIPT, posts, age)
    wiring = Wiring(outside=Outside(now=still), reports=reports, thresholds=thresholds or {})
    adapter = PostedAccess.connect(SETTINGS, wiring)
    assert adapter is not None
    return adapter


async def judged(*rows: dict[str, Any], **more: Any) -> Answer:
    return await ours(posted(*rows), **more).lists()


async def found(*posts: Post, **more: Any) -> AccessFound:
    return await ours(*posts, **more).access()


def test_without_a_door_there_is_nothing_to_ask() -> None:
    assert PostedAccess.connect(SETTINGS, Wiring(outside=Outside())) is None


async def test_csv_is_read_as_people_export_it() -> None:
    post = Post(body=b"\xef\xbb\xbf" + CSV.encode(), about={})
    report = AccessReader().report(post.body, post.about)
    assert (report.name, report.words) == ("aws-prod", "2 entries of aws-prod, 1 with much access")
    ana, api_key = (await found(post)).access
    assert (ana.title, ana.email, ana.strong, ana.note) == ("Ana Berg", "ana@example.com", True, "no second factor")
    assert ana.last_used == datetime(2026, 2, 1, tzinfo=UTC)
    assert (api_key.holder, api_key.note, api_key.strong) == (Holder.KEY, "never used", False)
    assert api_key.expires == datetime(2026, 12, 31, 10, 0, tzinfo=UTC)


async def test_several_systems_need_a_name_and_the_same_entry_counts_once() -> None:
    rows = [row(), row(), row(system="vpn")]
    with pytest.raises(Unreadable, match="several systems"):
        AccessReader().report(json.dumps(rows).encode(), {})
    assert len((await found(posted(*rows, name="all"))).access) == 2


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b"[]", "the list is empty"),
        (b"system,principal,role\n", "the list is empty"),
        (b"system,who,role\na,b,c\n", "column principal"),
        (b'{"system":"a"}', "no list"),
        (b'[{"system":"a","principal":"b"}]', "entry 1: role"),
        (b'[{"system":"a","principal":"b","role":""}]', "entry 1: role"),
        (b'[{"system":"a","principal":"b","role":"c","last_used":"yesterday"}]', "2026-02-01"),
        (b'[{"system":"a","principal":"b","role":"c","admin":"perhaps"}]', "yes or no"),
        (b'[{"system":"a","principal":"b","role":"c","kind":"ghost"}]', "entry 1: kind"),
        (b'[{"system":"a","principal":{"x":1},"role":"c"}]', "entry 1: principal"),
        (b"system,principal,role\n\xff\xfe,b,c\n", "UTF-8"),
        (json.dumps([row(f"u{n}") for n in range(1_001)]).encode(), "more than 1,000"),
    ],
)
def test_what_is_not_a_list_is_refused_with_the_remedy(body: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        AccessReader().report(body, {"name": "x"})


@pytest.mark.parametrize(
    ("entry", "status", "words"),
    [
        (row(), Status.OK, "1 entries"),
        (key(), Status.OK, "1 entries"),
        (row(second_factor="no"), Status.FAIL, "1 without a second factor"),
        (key() | {"expires": day(days=9), "last_used": day(days=2)}, Status.FAIL, "1 ended and still used"),
        (key() | {"expires": day(days=2), "last_used": day(days=9)}, Status.WARN, "1 ended, and still there"),
        (key() | {"expires": day(days=-9)}, Status.WARN, "1 about to end"),
        (key() | {"expires": None}, Status.WARN, "1 without an end"),
        (key() | {"last_used": day(days=91)}, Status.WARN, "1 not used for 90 days"),
        (key() | {"last_used": "never"}, Status.WARN, "1 not used for 90 days"),
        (key() | {"last_used": None}, Status.OK, "1 entries"),
        (row(last_used=day(days=200)), Status.OK, "1 entries"),
    ],
)
async def test_what_is_wrong_is_told_in_numbers(entry: dict[str, Any], status: Status, words: str) -> None:
    answer = await judged(entry)
    assert (answer.status, [one.detail for one in answer.evidence]) == (status, [words])
    assert "ana" not in str(answer)
    assert "AKIA1" not in str(answer)


async def test_what_counts_as_unused_or_soon_is_a_setting() -> None:
    limits = {"access.lists": {"unused_days": 1, "ends_within_days": 100}}
    answer = await judged(key(), thresholds=limits)
    assert {one.detail for one in answer.evidence} == {"1 about to end", "1 not used for 1 days"}


async def test_a_list_that_is_too_old_tells_of_nobody() -> None:
    old = await found(posted(row()), age=timedelta(days=5))
    assert (list(old.access), len(old.unread)) == ([], 1)
    assert "the last report is" in old.unread[0]
    none = await found()
    assert "ACCESS_REPORT_TOKEN" in none.unread[0]
