"""Facts about the support of releases: how they are judged, and where they come from."""

import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from bot.domain.check import Status
from bot.integrations.eol import Facts, Seen, image_of, images, packaged, read, short, system_of
from bot.integrations.eol_source import Lifecycles
from bot.integrations.http import Outside
from tests.integrations.contract.asking import nobody
from tests.integrations.contract.server import Canned, Request, said, serving, told

OK, WARN, FAIL, UNKNOWN = Status.OK, Status.WARN, Status.FAIL, Status.UNKNOWN
TODAY: Final = date(2026, 11, 1)
OURS: Final = Facts(packaged(), timedelta(days=365))


@pytest.mark.parametrize(
    ("product", "version", "status", "words"),
    [
        ("kubernetes", "v1.37.1-gke.100", OK, "supported until 28 Oct 2027"),
        ("kubernetes", "v1.35.5+rke2r1", OK, "supported until 28 Feb 2027"),
        ("kubernetes", "1.34", FAIL, "unsupported since 27 Oct 2026"),
        ("kubernetes", "1.4", FAIL, "unsupported, older than all that are known"),
        ("kubernetes", "1.99", UNKNOWN, "not in the table of 15 Sep 2026"),
        ("kubernetes", "", UNKNOWN, "not in the table of 15 Sep 2026"),
        ("kubernetes", "latest", UNKNOWN, "not in the table of 15 Sep 2026"),
        # Long-term support goes on after the usual end.
        ("debian", "12", WARN, "past its usual support since 11 Jul 2026, with extended support until 30 Jun 2028"),
        ("debian", "12.11", WARN, "past its usual support since 11 Jul 2026, with extended support until 30 Jun 2028"),
        ("debian", "11", FAIL, "unsupported since 14 Aug 2024"),
        ("debian", "13", OK, "supported until 09 Aug 2028"),
        ("debian", "1", FAIL, "unsupported, older than all that are known"),
        ("ubuntu", "22.04.5", OK, "supported until 01 Jun 2027"),
        ("ubuntu", "22.10", FAIL, "unsupported since 20 Jul 2023"),
        ("postgresql", "14", WARN, "supported until 12 Nov 2026 only"),
        ("postgresql", "9", FAIL, "unsupported since 11 Nov 2021"),
        ("postgresql", "12.3-alpine", FAIL, "unsupported since 14 Nov 2024"),
        ("docker-engine", "28.0.4", OK, "supported, and no end is announced"),
        ("docker-engine", "20.10.24+dfsg1", FAIL, "unsupported since 10 Dec 2023"),
        ("python", "3", OK, "supported until 31 Oct 2030"),
        ("rhel", "7.9", WARN, "past its usual support since 30 Jun 2024, with extended support until 30 Jun 2028"),
        ("plan9", "4", UNKNOWN, "nothing is known about its support"),
    ],
)
def test_a_version_is_judged_by_the_dates_of_its_release(
    product: str, version: str, status: Status, words: str
) -> None:
    fate = OURS.fate(product, version, TODAY)
    assert (fate.status, fate.words) == (status, words)


def test_facts_that_are_old_make_nothing_ok_and_leave_what_is_bad_as_it_is() -> None:
    later = date(2027, 10, 1)
    fate = OURS.fate("debian", "13", later)
    assert (fate.status, fate.words) == (WARN, "supported until 09 Aug 2028 by the table of 15 Sep 2026, which is old")
    assert OURS.fate("debian", "11", later).status is FAIL
    undated = Facts({"x": packaged()["debian"].model_copy(update={"told_on": None})}, timedelta(days=365))
    assert undated.fate("x", "13", TODAY).status is WARN


def test_flags_count_only_where_there_is_no_date() -> None:
    table = {
        "generated_at": "2026-10-01T00:00:00Z",
        "result": [
            {
                "name": "x",
                "releases": [
                    {"name": "3", "isEol": True, "eolFrom": "2030-01-01"},
                    {"name": "2", "isEol": True, "eolFrom": None},
                    {"name": "1", "isEol": False, "eolFrom": "2020-01-01", "eoesFrom": None},
                    {"name": "rolling", "isEol": False},
                ],
            }
        ],
    }
    facts = Facts(read(json.dumps(table).encode()), timedelta(days=365))
    assert [facts.fate("x", name, TODAY).status for name in ("3", "2", "1")] == [OK, FAIL, FAIL]


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("postgres:12", ("postgresql", "12")),
        ("docker.io/library/postgres:12.3-alpine@sha256:abc", ("postgresql", "12.3-alpine")),
        ("mirror.example.com:5000/library/node:18", ("nodejs", "18")),
        ("registry.example.com/team/postgres:12", None),
        ("postgres", None),
        ("postgres:latest", None),
        ("postgres:bookworm", None),
        ("postgres@sha256:abc", None),
        ("registry:5000/postgres", None),
        ("sha256:0123", None),
        ("", None),
        ("postgres:20240501123456", None),
    ],
)
def test_only_images_of_which_it_is_sure_what_they_hold_are_looked_at(
    reference: str, found: tuple[str, str] | None
) -> None:
    assert image_of(reference) == found


def test_images_of_which_nothing_is_known_are_left_out() -> None:
    seen = images([("postgres:12", "a"), ("postgres:99", "b"), ("alpine:3", "c"), ("shop:1", "d")], OURS, TODAY)
    assert [(one.title, one.where) for one in seen] == [("Image postgresql 12", "a"), ("Image alpine-linux 3", "c")]


@pytest.mark.parametrize(
    ("pretty", "found"),
    [
        ("Debian GNU/Linux 12 (bookworm)", ("debian", "12")),
        ("Ubuntu 22.04.3 LTS", ("ubuntu", "22.04.3")),
        ("Red Hat Enterprise Linux 9.4 (Plow)", ("rhel", "9.4")),
        ("Rocky Linux 9.3 (Blue Onyx)", ("rocky-linux", "9.3")),
        ("AlmaLinux 9.4 (Seafoam Ocelot)", ("almalinux", "9.4")),
        ("Alpine Linux v3.19", ("alpine-linux", "3.19")),
        ("Bottlerocket OS 1.20.0", None),
        ("Debian GNU/Linux trixie/sid", None),
        ("", None),
    ],
)
def test_systems_are_known_by_the_name_that_people_read(pretty: str, found: tuple[str, str] | None) -> None:
    assert system_of(pretty) == found


def test_the_line_of_a_version_says_where_it_runs_and_what_ended_first_stands_first() -> None:
    def seen(version: str, where: str, *, mild: bool = False) -> Seen:
        return Seen(product="debian", version=version, title=f"Debian {version}", where=where, mild=mild)

    found = [seen("13", "a"), seen("11", "b"), *(seen("10", name) for name in "vwxyz"), seen("12", "c")]
    answer = OURS.answer(found, TODAY, things="systems")
    assert [(one.title, one.status) for one in answer.evidence] == [
        ("Debian 10", FAIL),
        ("Debian 11", FAIL),
        ("Debian 12", WARN),
    ]
    assert answer.evidence[0].detail == "unsupported since 10 Sep 2022; v, w, x and 2 more"
    assert answer.evidence[0].since == datetime(2022, 9, 10, tzinfo=UTC)
    assert answer.summary.startswith("3 of 4 versions of systems to look at (facts of 15 Sep 2026): Debian 10 is")
    well = OURS.answer([seen("13", "a")], TODAY, things="systems")
    assert (well.status, well.summary) == (OK, "The version of systems is supported (facts of 15 Sep 2026)")
    assert OURS.answer([], TODAY, things="systems").status is UNKNOWN
    assert OURS.answer([seen("11", "b", mild=True)], TODAY, things="systems").status is WARN


def test_our_own_table_has_a_source_and_a_day_for_everything_and_no_release_twice() -> None:
    for product in packaged().values():
        names = [one.name for one in product.releases]
        assert len(set(names)) == len(names)
        assert product.told_on is not None
        assert all(one.numbers for one in product.releases)
    assert short("v1.33.5-gke.100") == "1.33"


AT: Final = datetime(2026, 11, 1, 8, tzinfo=UTC)
NEW: Final = {"name": "debian", "label": "Debian", "releases": [{"name": "14", "eolFrom": "2031-01-01"}]}


def answers(found: Mapping[str, Any], asked: list[Request], etag: str = "") -> Callable[[Request], Canned]:
    """A public source that knows only these products. Any: JSON."""

    def answer(request: Request) -> Canned:
        asked.append(request)
        if etag and request.headers.get("if-none-match") == etag:
            return Canned(status=304)
        name = request.path.removeprefix("/api/v1/products/").strip("/")
        if name not in found:
            return said("not found", 404)
        made = told({"schema_version": "1.2.1", "generated_at": "2026-11-01T02:00:00Z", "result": found[name]})
        return Canned(body=made.body, headers={**made.headers, **({"etag": etag} if etag else {})})

    return answer


async def renewed(source: Lifecycles) -> Facts:
    """The facts, once the source has been looked at."""
    source.facts()
    await source.renewed()
    return source.facts()


class Clock:
    def __init__(self) -> None:
        self.now = AT

    def __call__(self) -> datetime:
        return self.now


async def test_facts_are_renewed_once_a_day_and_kept_in_the_data_folder(tmp_path: Path) -> None:
    clock, asked = Clock(), list[Request]()
    outside = Outside(now=clock)

    async def facts() -> Facts:
        """As another process, or this one after a restart, would have them."""
        return await renewed(Lifecycles(outside, source=f"{address}/api/v1/", folder=tmp_path))

    async with serving(answers({"debian": NEW}, asked, '"one"')) as address:
        known = await facts()
        assert known.fate("debian", "14", AT.date()).words == "supported until 01 Jan 2031"
        assert known.products["debian"].told_on == AT.date()
        assert known.products["postgresql"].told_on == date(2026, 9, 15)  # the source does not know it
        count = len(asked)
        assert "/api/v1/products/debian/" in {one.path for one in asked}
        clock.now += timedelta(hours=23)
        assert (await facts()).knows("debian")
        assert "/api/v1/products/debian/" not in {one.path for one in asked[count:]}
        clock.now += timedelta(hours=2)
        assert (await facts()).products["debian"].told_on == clock.now.date()
        (again,) = [one for one in asked[count:] if one.path == "/api/v1/products/debian/"]
        assert again.headers["if-none-match"] == '"one"'
    clock.now += timedelta(days=5)
    gone = await facts()
    assert gone.products["debian"].told_on == clock.now.date() - timedelta(days=5)
    await outside.aclose()


@pytest.mark.parametrize(
    "wrong",
    [
        said("<html>login</html>"),
        said("moved", 500),
        Canned(status=302, headers={"location": "https://elsewhere.example.com/"}),
        told({"result": {"name": "another", "releases": [{"name": "99", "eolFrom": "2099-01-01"}]}}),
        told({"result": {"name": "kubernetes", "releases": [{"name": "1.99", "eolFrom": "soon"}]}}),
        told({"result": {"name": "kubernetes", "releases": []}}),
        told([]),
        told(None),
        Canned(ending="cut", body=b"{}"),
        Canned(ending="flood", body=b"x"),
    ],
)
async def test_a_source_that_answers_nonsense_leaves_the_facts_at_hand(wrong: Canned, tmp_path: Path) -> None:
    outside = Outside(now=Clock())
    async with serving(lambda _request: wrong) as address:
        facts = await renewed(Lifecycles(outside, source=f"{address}/api/v1", folder=tmp_path))
    await outside.aclose()
    assert facts.products == packaged()


async def test_a_source_that_cannot_be_reached_is_no_trouble(tmp_path: Path) -> None:
    outside = Outside(now=Clock())
    (tmp_path / "eol.json").write_text("{")
    for source, folder in (
        (nobody(), tmp_path),
        (nobody(), tmp_path / "not there"),
        ("", None),
        ("not/there.json", None),
    ):
        facts = await renewed(Lifecycles(outside, source=source, folder=folder))
        assert facts.products == packaged()
    await outside.aclose()


async def test_nobody_waits_for_a_source_that_never_answers_and_it_is_not_asked_again_and_again() -> None:
    clock, came = Clock(), asyncio.Event()
    outside, asked = Outside(now=clock), list[Request]()

    def answer(request: Request) -> Canned:
        asked.append(request)
        came.set()
        return Canned(ending="silence")

    async with serving(answer) as address:
        source = Lifecycles(outside, source=address)
        assert source.facts().products == packaged()
        await came.wait()
        clock.now += timedelta(hours=2)
        assert source.facts().products == packaged()
        assert len(asked) == 1
        await source.aclose()
    await outside.aclose()


async def test_a_file_may_be_the_source(tmp_path: Path) -> None:
    outside = Outside(now=Clock())
    path = tmp_path / "full.json"
    path.write_text(json.dumps({"generated_at": "2026-10-30T02:00:00+00:00", "result": [NEW]}))
    facts = await renewed(Lifecycles(outside, source=str(path)))
    await outside.aclose()
    assert facts.products["debian"].told_on == date(2026, 10, 30)
    assert facts.fate("debian", "14", TODAY).status is OK
