"""What people read when Jira does not do what was asked, and that nothing passes for an answer that is none."""

import asyncio
import logging
import time

import pytest

from bot.domain.check import Status
from bot.domain.errors import NotAuthorised, NotFound, RateLimited, Refused, Unavailable, VendorError
from bot.domain.ticket import TicketDraft
from tests.integrations.jira.conftest import PAT, TOKEN, Connect
from tests.integrations.jira.pretend import MYSELF, PAGE, PretendJira, Says, says

DRAFT = TicketDraft(once="daywatch-inc-142", kind="postmortem", summary="Checkout errors", body="It broke.")


async def test_an_expired_cloud_token_is_called_that(pretend: PretendJira, connect: Connect) -> None:
    pretend.always(says({"errorMessages": ["Client must be authenticated to access this resource."]}, 401))
    with pytest.raises(NotAuthorised, match=r"the API token may have expired \(they last a year\).*JIRA_API_TOKEN"):
        await connect("cloud").probe()


async def test_a_wrong_access_token_of_data_center_names_its_variable(pretend: PretendJira, connect: Connect) -> None:
    pretend.always(Says(status=401, body=b"<html>Basic Authentication Failure</html>", kind="text/html"))
    with pytest.raises(NotAuthorised, match="Renew JIRA_PAT"):
        await connect("server").probe()


async def test_an_answer_as_if_nobody_had_signed_in_is_no_answer(pretend: PretendJira, connect: Connect) -> None:
    empty = says({"issues": [], "isLast": True}, X_Seraph_LoginReason="AUTHENTICATED_FAILED")
    pretend.always(empty)
    (open_issues, *_) = connect("cloud").checks()
    with pytest.raises(NotAuthorised, match="did not let us in"):
        await open_issues.ask()


@pytest.mark.parametrize("flavour", ["cloud", "server"])
async def test_a_login_page_with_status_200_is_not_success(
    pretend: PretendJira, connect: Connect, flavour: str
) -> None:
    pretend.always(PAGE)
    jira = connect(flavour)
    with pytest.raises(Refused, match="web page"):
        await jira.checks()[0].ask()
    # This order's answer is not even looked at by the library.
    with pytest.raises(Refused, match="web page"):
        await jira.point_back("OPS-1", "https://slack.example.com/x", "INC-142", once="inc-142")


async def test_a_redirect_to_a_login_page_is_not_followed(pretend: PretendJira, connect: Connect) -> None:
    pretend.on("GET myself", Says(status=302, headers={"Location": f"{pretend.url}/rest/api/2/elsewhere"}))
    with pytest.raises(Refused, match="sends us to another address"):
        await connect().probe()
    assert [one.path for one in pretend.asked] == ["myself"]


async def test_a_captcha_says_what_to_do(pretend: PretendJira, connect: Connect) -> None:
    pretend.always(says({}, 403, X_Authentication_Denied_Reason="CAPTCHA_CHALLENGE; login-url=https://x/login.jsp"))
    with pytest.raises(NotAuthorised, match="Sign in once as this account in a browser"):
        await connect("server").probe()


async def test_not_there_and_not_allowed_to_see_are_told_together(pretend: PretendJira, connect: Connect) -> None:
    gone = {"errorMessages": ["Issue does not exist or you do not have permission to see it."], "errors": {}}
    pretend.always(says(gone, 404))
    with pytest.raises(NotFound, match="or our account may not see it"):
        await connect().move("OPS-1", done=True)


async def test_a_rate_limit_carries_its_pause_and_its_reason(pretend: PretendJira, connect: Connect) -> None:
    pretend.always(says({}, 429, Retry_After="17", RateLimit_Reason="jira-per-issue-on-write"))
    with pytest.raises(RateLimited, match=r"17 s .jira-per-issue-on-write") as caught:
        await connect().file(DRAFT)
    assert caught.value.retry_after == 17
    assert len(pretend.asked) == 1


@pytest.mark.parametrize(
    "first", [says({}, 429, Retry_After="0"), says({}, 503), Says(body=b'{"issues": [', promised=5_000)]
)
async def test_reading_is_tried_once_more(pretend: PretendJira, connect: Connect, first: Says) -> None:
    pretend.on("GET myself", first, MYSELF)
    await connect()._site.me()
    assert len(pretend.asked) == 2


async def test_writing_that_may_have_been_applied_is_not_tried_again(pretend: PretendJira, connect: Connect) -> None:
    pretend.always(says({}, 503))
    with pytest.raises(Unavailable):
        await connect()._site.edit("OPS-1", {"summary": "x"})
    assert len(pretend.asked) == 1


async def test_a_rate_limit_without_a_number_still_has_a_pause(pretend: PretendJira, connect: Connect) -> None:
    pretend.always(says({}, 429, Retry_After="soon"))
    with pytest.raises(RateLimited) as caught:
        await connect().probe()
    assert caught.value.retry_after == 30


@pytest.mark.parametrize(
    "body", [b"null", b"[]", b'"no"', b'{"errors": null, "errorMessages": null}', b"<html>502</html>", b""]
)
async def test_trouble_is_trouble_whatever_its_body(pretend: PretendJira, connect: Connect, body: bytes) -> None:
    pretend.always(Says(status=503, body=body, headers={"Retry-After": "not a number"}))
    began = time.monotonic()
    with pytest.raises(Unavailable, match="trouble answering"):
        await connect().probe()
    assert time.monotonic() - began < 5  # the library would sleep and try again


async def test_a_conflict_is_worth_another_try(pretend: PretendJira, connect: Connect) -> None:
    pretend.always(says({"errorMessages": ["Conflict"]}, 409))
    with pytest.raises(Unavailable, match="another change of the same ticket"):
        await connect().move("OPS-1", done=True)


@pytest.mark.parametrize(
    "answer",
    [
        Says(body=b'{"issues": [{"id": "1"', promised=5_000),
        Says(body=b'{"issues": [{"id": "1"'),
        says({"values": []}),
        says([]),
        says({"issues": {"a": 1}}),
        says({"issues": [{"key": "OPS-1", "fields": {"created": "yesterday"}}]}),
        Says(body=b"", status=200),
        Says(body=b"[" * 100_000),
    ],
    ids=["cut off", "broken", "no issues", "a list", "not a list", "no date", "empty", "nested"],
)
@pytest.mark.parametrize("flavour", ["cloud", "server"])
async def test_an_answer_of_another_shape_is_never_an_empty_list(
    pretend: PretendJira, connect: Connect, answer: Says, flavour: str
) -> None:
    pretend.always(answer)
    for check in connect(flavour).checks():
        with pytest.raises(VendorError):
            await check.ask()


async def test_an_answer_without_end_is_cut(
    pretend: PretendJira, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.integrations.jira.guard.LARGEST", 100_000)
    pretend.always(Says(body=b" " * 300_000 + b"{}"))
    with pytest.raises(Refused, match="more than 0 MB"):
        await connect().probe()


async def test_a_silent_jira_is_given_up_in_time(pretend: PretendJira, connect: Connect) -> None:
    def slowly(_: object) -> Says:
        time.sleep(2.0)
        return MYSELF

    pretend.always(slowly)
    jira = connect(seconds=0.3)
    began = time.monotonic()
    with pytest.raises(Unavailable, match="gave no answer"):
        await jira.probe()
    assert time.monotonic() - began < 2.0  # it gave up before the server ended


async def test_calls_that_hang_keep_their_places_and_starve_nobody_for_ever(
    pretend: PretendJira, connect: Connect
) -> None:
    def slowly(_: object) -> Says:
        time.sleep(0.5)
        return MYSELF

    pretend.always(slowly)
    jira = connect()
    await asyncio.gather(*(jira._site.me() for _ in range(4)))  # each thread has its connection, with a long time-out
    pretend.asked.clear()
    jira._client._threads._patience = 0.2
    first = await asyncio.gather(*(jira._site.me() for _ in range(6)), return_exceptions=True)
    assert all(isinstance(one, Unavailable) for one in first)
    assert len(pretend.asked) == 4  # no more than there are threads, though nobody waits for them any more
    await asyncio.sleep(0.5)
    pretend.always(MYSELF)
    assert (await jira._site.me()).id == "5b10"


async def test_nobody_listening_says_so(connect: Connect) -> None:
    with pytest.raises(Unavailable, match=r"cannot be reached.*Check JIRA_URL"):
        await connect(url="http://127.0.0.1:9").probe()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://jira.example.com", "plain http"),
        ("jira.example.com", "is not an address"),
        ("https://bot:secret@jira.example.com", "holds a user name or password"),
        ("https://jira.example.com/?x=1", "something after its path"),
    ],
)
async def test_a_wrong_address_is_told_before_anything_is_sent(connect: Connect, url: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        await connect(url=url).probe()


async def test_a_missing_certificate_file_is_named(connect: Connect) -> None:
    with pytest.raises(Refused, match="JIRA_CA_FILE"):
        await connect(url="https://127.0.0.1:9", ca_file="/nowhere/ca.pem").probe()


async def test_neither_texts_nor_logs_show_a_credential(
    pretend: PretendJira, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told = []
    for flavour, secret in (("cloud", TOKEN), ("server", PAT)):
        for status in (400, 401, 403, 404, 500):
            pretend.always(says({"errorMessages": [f"token {secret} is bad"], "errors": {}}, status))
            with pytest.raises(VendorError) as caught:
                await connect(flavour).probe()
            told.append(str(caught.value))
    assert not [text for text in [*told, caplog.text] if TOKEN in text or PAT in text]


async def test_signing_in_is_basic_on_cloud_and_bearer_on_data_center(pretend: PretendJira, connect: Connect) -> None:
    pretend.on("GET myself", MYSELF)
    await connect("cloud")._site.me()
    await connect("server")._site.me()
    cloud, server = (one.headers["authorization"] for one in pretend.asked)
    assert (cloud.split()[0], server) == ("Basic", f"Bearer {PAT}")


async def test_a_check_that_jira_refuses_is_not_ok(pretend: PretendJira, connect: Connect) -> None:
    gone = {"errorMessages": ["The value 'OPS' does not exist for the field 'project'."], "errors": {}}
    pretend.always(says(gone, 400))
    for check in connect().checks():
        with pytest.raises(Refused, match="does not exist"):
            assert (await check.ask()).status is not Status.OK
