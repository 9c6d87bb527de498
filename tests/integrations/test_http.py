"""The door to the outside: what it sends, what it never sends, and what it says when something goes wrong."""

import asyncio
import gzip
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import BaseModel, SecretStr

from bot.domain.errors import NotAuthorised, NotFound, RateLimited, Refused, Unavailable, VendorError
from bot.integrations.http import Api, Outside, basic, bearer, segment
from tests.integrations.contract.asking import nobody
from tests.integrations.contract.server import JSON, Canned, Request, said, serving, told

TOKEN = "tok-7f3a9c"
NOW = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)


@asynccontextmanager
async def api_of(
    answer: Callable[[Request], Canned], *, path: str = "", patience: float = 5, **more: Any
) -> AsyncIterator[Api]:
    """An API over a scripted server. Any: what `Outside.api` takes."""
    outside = Outside(patience=patience, now=lambda: NOW)
    given = {"headers": bearer(SecretStr(TOKEN)), "address": "VENDOR_URL", "variables": ("VENDOR_TOKEN",), **more}
    try:
        async with serving(answer) as address:
            yield outside.api(title="Vendor", base_url=address + path, **given)
    finally:
        await outside.aclose()


class Told:
    """Answers in turn; the last one for ever. Remembers what was asked."""

    def __init__(self, *answers: Canned) -> None:
        self.answers = list(answers)
        self.asked: list[Request] = []

    def __call__(self, request: Request) -> Canned:
        self.asked.append(request)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def coded(status: int, body: Any = None, **headers: str) -> Canned:
    """A status with headers. Any: whatever JSON can hold."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Canned(status=status, body=json.dumps(body or {}).encode(), headers={**JSON, **named})


async def test_paths_are_joined_onto_the_base_path_and_never_replace_it() -> None:
    server = Told(told({}))
    async with api_of(server, path="/team/prom/") as api:
        await api.get_json("/api/v1/rules", {"type": "alert", "match": ["a", "b"]})
        await api.get_json("ready")
        await api.get_json(f"jobs/{segment('a/../b?c')}")
        await api.get_json("")
    assert [one.path for one in server.asked] == [
        "/team/prom/api/v1/rules",
        "/team/prom/ready",
        "/team/prom/jobs/a%2F..%2Fb%3Fc",
        "/team/prom",
    ]
    assert server.asked[0].query == {"type": ["alert"], "match": ["a", "b"]}
    assert server.asked[0].headers["authorization"] == f"Bearer {TOKEN}"


async def test_a_name_that_is_too_long_for_an_address_is_refused_in_words() -> None:
    server = Told(told({}))
    async with api_of(server) as api:
        with pytest.raises(Refused, match="too long"):
            await api.get("/x", {"branch": "b" * 100_000})
        with pytest.raises(Refused, match="too long"):
            await api.get(f"/{'b' * 100_000}")
    assert server.asked == []


@pytest.mark.parametrize("path", ["../admin", "a/../../admin", "a/%2e%2e/b", "./a", "a?b=c", "a#b"])
async def test_a_path_that_leaves_its_place_is_not_sent(path: str) -> None:
    server = Told(told({}))
    async with api_of(server, path="/prom") as api:
        with pytest.raises(Refused):
            await api.get_json(path)
    assert server.asked == []


@pytest.mark.parametrize(
    ("canned", "kind", "words"),
    [
        (coded(401), NotAuthorised, "Vendor refused: the credential is not valid (any more). Renew VENDOR_TOKEN."),
        (
            coded(401, {"error": "invalid_token", "error_description": "Token is expired. Renew or refresh it."}),
            NotAuthorised,
            "Vendor refused: the credential has expired. Renew VENDOR_TOKEN.",
        ),
        (
            coded(401, {"message": "Token was revoked."}),
            NotAuthorised,
            "Vendor refused: the credential has been revoked. Renew VENDOR_TOKEN.",
        ),
        (
            coded(401, {"message": "Invalid or expired token"}),
            NotAuthorised,
            "Vendor refused: the credential is not valid (any more). Renew VENDOR_TOKEN.",
        ),
        (
            coded(403),
            NotAuthorised,
            "Vendor refused: the credential is not allowed to do this. Give it the right to read things.",
        ),
        (coded(404), NotFound, "Vendor has nothing at /x. Check VENDOR_URL."),
        (coded(410), NotFound, "Vendor has nothing at /x. Check VENDOR_URL."),
        (coded(400, {"error": "bad matcher"}), Refused, "Vendor refused: bad matcher"),
        (coded(422), Refused, "Vendor refused (422)"),
        (
            coded(302, location="https://login.example.com"),
            Refused,
            "Vendor sends us to another address (a login page or proxy?). Check VENDOR_URL.",
        ),
        (
            coded(500, {"errors": [{"message": "out of disk"}]}),
            Unavailable,
            "Vendor has trouble answering: out of disk",
        ),
        (coded(503), Unavailable, "Vendor has trouble answering (503)"),
        (coded(429, retry_after="30"), RateLimited, "Vendor asks for a pause of 30 s (too many calls)"),
        (coded(403, retry_after="45"), RateLimited, "Vendor asks for a pause of 45 s (too many calls)"),
        (told(1).__class__(body=b""), Refused, "Vendor gave an empty answer where JSON was expected"),
        (said("fine"), Refused, "Vendor answered with text/plain where JSON was expected. Check VENDOR_URL."),
        (
            Canned(body=b"<html>", headers={"content-type": "text/html"}),
            Refused,
            "Vendor answered with a web page (a login page or proxy?). Check VENDOR_URL.",
        ),
        (Canned(body=b'{"a":'), Refused, "Vendor answered with JSON that cannot be read (cut off?)"),
        (Canned(body=b"[" * 100_000), Refused, "Vendor answered with JSON that cannot be read (cut off?)"),
        (Canned(body=b"1" * 10_000), Refused, "Vendor answered with JSON that cannot be read (cut off?)"),
        (
            Canned(body=b"not gzip", headers={**JSON, "content-encoding": "gzip"}),
            Refused,
            "Vendor answered with a body that cannot be unpacked",
        ),
    ],
)
async def test_each_failure_says_who_must_act(canned: Canned, kind: type[VendorError], words: str) -> None:
    async with api_of(Told(canned)) as api:
        with pytest.raises(VendorError) as failed:
            await api.get_json("/x", right="read things")
    assert (type(failed.value), str(failed.value)) == (kind, words)


async def test_a_missing_credential_is_asked_for() -> None:
    async with api_of(Told(coded(401)), headers={}) as api:
        with pytest.raises(NotAuthorised, match=r"Vendor asks for a credential. Set VENDOR_TOKEN."):
            await api.get_json("/x")


async def test_no_connection_says_where_to_look() -> None:
    outside = Outside(patience=3)
    with pytest.raises(Unavailable, match=r"cannot be reached: the connection was refused. Check VENDOR_URL."):
        await outside.api(title="Vendor", base_url=nobody(), address="VENDOR_URL").get_json("/x")
    with pytest.raises(Unavailable, match=r"cannot be reached: its host name is not known."):
        await outside.api(title="Vendor", base_url="https://no-such-host.invalid").get_json("/x")
    async with serving(Told(told({}))) as address:
        secure = outside.api(title="Vendor", base_url=address.replace("http:", "https:"))
        with pytest.raises(Refused, match=r"does not speak TLS"):
            await secure.get_json("/x")
    await outside.aclose()


@pytest.mark.parametrize("ending", ["silence", "cut", "flood"])
async def test_an_answer_that_does_not_end_well_ends_in_time(ending: Any) -> None:
    words = {"silence": "gave no answer in 1 s", "cut": "broke off the connection", "flood": "answered more than 20 MB"}
    patience = 1 if ending == "silence" else 20
    async with api_of(Told(Canned(body=b'{"a": 1}', ending=ending)), patience=patience) as api:
        began = time.monotonic()
        with pytest.raises(VendorError, match=words[ending]):
            await api.get_json("/x")
        assert time.monotonic() - began < 10


async def test_a_small_body_that_unpacks_to_much_is_refused() -> None:
    packed = gzip.compress(b" " * 30_000_000)
    async with api_of(Told(Canned(body=packed, headers={**JSON, "content-encoding": "gzip"}))) as api:
        with pytest.raises(Refused, match="more than 20 MB"):
            await api.get_json("/x")


@pytest.mark.parametrize(
    "first",
    [
        coded(502),
        coded(503),
        coded(504),
        Canned(body=b'{"a":1}', ending="cut"),
        coded(429, retry_after="1"),
        coded(429),
    ],
)
async def test_reading_is_tried_once_more(first: Canned) -> None:
    server = Told(first, told({"a": 1}))
    async with api_of(server) as api:
        assert await api.get_json("/x") == {"a": 1}
    assert len(server.asked) == 2


@pytest.mark.parametrize("always", [coded(503), Canned(body=b'{"a":1}', ending="cut"), coded(429, retry_after="0")])
async def test_reading_is_tried_no_more_than_twice(always: Canned) -> None:
    server = Told(always)
    async with api_of(server) as api:
        with pytest.raises(Unavailable):
            await api.get_json("/x")
    assert len(server.asked) == 2


@pytest.mark.parametrize("first", [coded(503), coded(500), Canned(body=b'{"a":1}', ending="cut")])
async def test_writing_that_may_have_been_applied_is_not_repeated(first: Canned) -> None:
    server = Told(first, told({}))
    async with api_of(server) as api:
        with pytest.raises(Unavailable):
            await api.post_json("/x", {"b": 2})
    assert len(server.asked) == 1
    assert json.loads(server.asked[0].body) == {"b": 2}


async def test_writing_that_was_only_limited_is_repeated_after_a_short_pause() -> None:
    server = Told(coded(429, retry_after="0"), Canned(status=204))
    async with api_of(server) as api:
        assert await api.post_json("/x", {"b": 2}) is None
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30),
        ("Mon, 23 Nov 2026 07:31:30 GMT", 90),
        ("Mon, 23 Nov 2026 07:00:00 GMT", 0),
        ("999999999", 3600),
        ("soon", 30),
        ("-5", 30),
        ("nan", 30),
    ],
)
async def test_a_pause_is_read_as_seconds_or_a_date_and_bounded(header: str, seconds: float) -> None:
    async with api_of(Told(coded(429, retry_after=header))) as api:
        with pytest.raises(RateLimited) as limited:
            await api.get_json("/x")
    assert limited.value.retry_after == seconds


@pytest.mark.parametrize("reset", [str(int(NOW.timestamp()) + 120), "120"])
async def test_a_used_up_budget_waits_until_it_is_filled_again(reset: str) -> None:
    async with api_of(Told(coded(403, x_ratelimit_remaining="0", x_ratelimit_reset=reset))) as api:
        with pytest.raises(RateLimited) as limited:
            await api.get_json("/x")
    assert limited.value.retry_after == 120


async def test_no_redirect_is_followed_so_that_no_token_travels() -> None:
    elsewhere = Told(told({"a": 1}))
    async with serving(elsewhere) as other:
        async with api_of(Told(coded(307, location=f"{other}/x"))) as api:
            with pytest.raises(Refused, match="another address"):
                await api.get_json("/x")
            with pytest.raises(Refused, match="another host"):
                await api.follow(f"{other}/x?page=2")
        assert elsewhere.asked == []


async def test_a_next_page_on_the_same_host_is_followed_with_its_query() -> None:
    server = Told(told([1]))
    async with api_of(server, path="/api") as api:
        page = await api.follow(api.base_url + "/things?page=2&per_page=100")
        assert page.json() == [1]
    assert (server.asked[0].path, server.asked[0].query) == ("/api/things", {"page": ["2"], "per_page": ["100"]})


@pytest.mark.parametrize(
    ("base_url", "words"),
    [
        ("http://vendor.example.com", "VENDOR_URL is plain http"),
        ("https://user:pw@vendor.example.com", "VENDOR_URL holds a user name or password"),
        ("https://vendor.example.com/?a=b", "VENDOR_URL has something after its path"),
        ("vendor.example.com", "VENDOR_URL is not an address"),
        ("", "VENDOR_URL is not an address"),
        ("ftp://vendor.example.com", "VENDOR_URL is not an address"),
        ("https://[::1", "VENDOR_URL is not an address"),
        ("https://vendor.example.com:99999", "VENDOR_URL is not an address"),
    ],
)
async def test_a_wrong_address_is_told_by_the_first_call_and_nothing_is_sent(base_url: str, words: str) -> None:
    outside = Outside()
    api = outside.api(title="Vendor", base_url=base_url, headers=bearer(SecretStr(TOKEN)), address="VENDOR_URL")
    with pytest.raises(Refused, match=words) as refused:
        await api.get_json("/x")
    assert "pw" not in str(refused.value)
    await outside.aclose()


async def test_plain_http_is_allowed_to_loopback_without_credential_or_when_allowed() -> None:
    outside = Outside()
    login = bearer(SecretStr(TOKEN))
    plain = "http://v.example.com"
    assert outside.api(title="V", base_url=plain, headers=login, allow_plain_http=True).wrong is None
    assert outside.api(title="V", base_url=plain).wrong is None
    for host in ("127.0.0.1:1", "localhost", "[::1]:80", "127.9.9.9"):
        assert outside.api(title="V", base_url=f"http://{host}", headers=login).wrong is None
    assert outside.api(title="V", base_url="http://127.0.0.1.example.com", headers=login).wrong is not None
    assert outside.api(title="V", base_url=plain, auth=httpx.BasicAuth("a", "b")).wrong is not None


async def test_a_token_that_cannot_be_sent_is_told_without_showing_it() -> None:
    outside = Outside()
    for token in ("a\nb", "tök", "a\x00b"):
        api = outside.api(
            title="V", base_url="https://v.example.com", headers=bearer(SecretStr(token)), variables=("V_TOKEN",)
        )
        with pytest.raises(Refused, match="V_TOKEN has a line break") as refused:
            await api.get_json("/x")
        assert token not in str(refused.value)
    async with api_of(Told(told({})), headers=bearer(SecretStr(f"{TOKEN}\n"))) as api:
        assert await api.get_json("/x") == {}


async def test_no_text_holds_a_secret_a_query_string_or_much_foreign_text() -> None:
    password = SecretStr("hunter2-long")
    foreign = f"see http://u:pw@host/p?token=abc#t for Bearer {TOKEN} and hunter2-long " + "x" * 500
    for headers in (bearer(SecretStr(TOKEN)), basic("ann", password)):
        async with api_of(Told(coded(400, {"message": foreign})), headers=headers) as api:
            with pytest.raises(Refused) as refused:
                await api.get_json("/x", {"apikey": "q-secret"})
            assert repr(api).count(TOKEN) == repr(api).count("hunter2") == 0
        said_to_people = str(refused.value)
        assert "token=abc" not in said_to_people
        assert "u:pw" not in said_to_people
        assert "q-secret" not in said_to_people
        assert len(said_to_people) < 170
        assert (TOKEN if headers == bearer(SecretStr(TOKEN)) else "hunter2") not in said_to_people


async def test_cookies_are_not_kept() -> None:
    server = Told(coded(200, {}, set_cookie="session=1; Path=/"))
    async with api_of(server) as api:
        await api.get_json("/x")
        await api.get_json("/x")
    assert "cookie" not in server.asked[1].headers


async def test_halves_of_characters_and_nul_are_made_storable() -> None:
    async with api_of(Told(Canned(body=b'{"a\\ud800": ["b\\u0000", "\\ud83d\\ude00"]}'))) as api:
        assert await api.get_json("/x") == {"a\ufffd": ["b\ufffd", "\U0001f600"]}


class Thing(BaseModel):
    name: str
    size: int


async def test_an_answer_of_another_shape_is_refused_without_quoting_it() -> None:
    async with api_of(Told(told([{"name": "a", "size": "private words"}]))) as api:
        with pytest.raises(Refused) as refused:
            await api.get_as(list[Thing], "/x")
    assert str(refused.value) == "Vendor answered in a form we do not know (0.size: int_parsing)"


async def test_a_health_page_answers_with_its_code_and_a_login_page_does_not() -> None:
    async with api_of(Told(said("OK"))) as api:
        assert await api.status("/-/ready") == 200
    unready = Told(said("no", 503))
    async with api_of(unready) as api:
        assert await api.status("/-/ready") == 503
    assert len(unready.asked) == 1
    async with api_of(Told(Canned(body=b"<!DOCTYPE html>", headers={"content-type": "text/html"}))) as api:
        with pytest.raises(Refused, match="web page"):
            await api.status("/-/ready")
    async with api_of(Told(coded(401))) as api:
        with pytest.raises(NotAuthorised):
            await api.status("/-/ready")


async def test_calls_are_counted_by_system_and_outcome() -> None:
    outside = Outside()
    async with serving(Told(told({}), coded(404), told({}))) as address:
        api = outside.api(title="Vendor", base_url=address)
        await api.get_json("/x")
        with pytest.raises(NotFound):
            await api.get_json("/x")
    await outside.aclose()
    counted = {
        outcome: outside.registry.get_sample_value(
            "daywatch_outside_calls_total", {"system": "vendor", "outcome": outcome}
        )
        for outcome in ("ok", "not_found", "refused")
    }
    assert counted == {"ok": 1, "not_found": 1, "refused": None}
    assert outside.registry.get_sample_value("daywatch_outside_seconds_count", {"system": "vendor"}) == 2


async def test_one_slow_system_keeps_no_more_than_its_room() -> None:
    asked = 0
    full = asyncio.Event()

    def slow(request: Request) -> Canned:
        nonlocal asked
        asked += 1
        if asked == 8:
            full.set()
        return Canned(ending="silence")

    async with api_of(slow, patience=30) as api:
        tries = [asyncio.ensure_future(api.get_json("/x")) for _ in range(30)]
        async with asyncio.timeout(10):
            await full.wait()
        await asyncio.sleep(0.2)  # the ninth would have come by now
        assert asked == 8
        for one in tries:
            one.cancel()
        await asyncio.gather(*tries, return_exceptions=True)


async def test_a_dozen_systems_that_hang_leave_room_for_one_that_answers() -> None:
    hanging = 0
    all_hang = asyncio.Event()

    def answer(request: Request) -> Canned:
        nonlocal hanging
        if request.path == "/well":
            return told({})
        hanging += 1
        if hanging == 13 * 8:
            all_hang.set()
        return Canned(ending="silence")

    outside = Outside(patience=20)
    async with serving(answer) as address:
        sites = [outside.api(title=f"Vendor {number}", base_url=address) for number in range(13)]
        asked = [asyncio.ensure_future(site.get_json("/hangs")) for site in sites for _ in range(8)]
        async with asyncio.timeout(10):
            await all_hang.wait()
            assert await outside.api(title="Other", base_url=address).get_json("/well") == {}
        for one in asked:
            one.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        await outside.aclose()


async def test_a_file_of_authorities_that_is_not_there_is_told() -> None:
    outside = Outside()
    api = outside.api(title="Vendor", base_url="https://127.0.0.1:1", verify=str(Path(__file__).parent / "no-such.pem"))
    with pytest.raises(Refused, match="connection to Vendor cannot be read"):
        await api.get_json("/x")
    await outside.aclose()


async def test_a_proxy_from_the_environment_is_not_asked_for_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(variable, nobody())
    for variable in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(variable, raising=False)
    async with api_of(Told(told({"a": 1}))) as api:
        assert await api.get_json("/x") == {"a": 1}
    outside = Outside(patience=2)
    with pytest.raises(Unavailable, match="connection was refused"):
        await outside.api(title="Vendor", base_url="http://vendor.example.com").get_json("/x")
    await outside.aclose()


async def test_giving_up_from_outside_is_not_swallowed() -> None:
    async with api_of(Told(Canned(ending="silence"))) as api:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await api.get_json("/x")
