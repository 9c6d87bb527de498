"""A team's own expressions: over a limit is told, and no value is no good news."""

from typing import Any

import pytest
from pydantic import ValidationError

from bot.domain.check import Status
from bot.domain.errors import Refused
from bot.integrations.prometheus.query import Query
from bot.integrations.prometheus.settings import PrometheusSettings
from tests.integrations.contract.server import Canned, Request
from tests.integrations.prometheus.scripted import SCRIPT, success
from tests.integrations.prometheus.test_adapter import prometheus

ERRORS = {"name": "errors", "expr": "sum(rate(errors[5m]))", "warn": 1, "fail": 5}
FREE = {"name": "free", "expr": "min(free)", "warn": 20, "fail": 10, "below": True}


def vector(*values: str) -> Canned:
    found = [{"metric": {"job": f"j{n}"}, "value": [1795419000.1, value]} for n, value in enumerate(values)]
    return success({"resultType": "vector", "result": found})


@pytest.mark.parametrize(
    ("query", "answer", "status", "summary"),
    [
        (ERRORS, vector("0.5"), Status.OK, "errors: 1 value in range (warns at 1, fails at 5)"),
        (ERRORS, vector("1"), Status.WARN, "errors: job=j0 is 1 (warns at 1, fails at 5)"),
        (ERRORS, vector("0", "7.25"), Status.FAIL, "errors: job=j1 is 7.25 (warns at 1, fails at 5) (1 of 2 series)"),
        (ERRORS, vector("+Inf"), Status.FAIL, "errors: job=j0 is inf (warns at 1, fails at 5)"),
        (ERRORS, vector("-Inf"), Status.OK, "errors: 1 value in range (warns at 1, fails at 5)"),
        (ERRORS, vector("NaN"), Status.UNKNOWN, "errors: job=j0 is no number (warns at 1, fails at 5)"),
        (
            ERRORS,
            vector("0", "NaN"),
            Status.UNKNOWN,
            "errors: job=j1 is no number (warns at 1, fails at 5) (1 of 2 series)",
        ),
        (ERRORS, vector("NaN", "9"), Status.FAIL, "errors: job=j1 is 9 (warns at 1, fails at 5) (2 of 2 series)"),
        (ERRORS, vector(), Status.UNKNOWN, "errors: no value where one was expected"),
        (ERRORS | {"empty": "ok"}, vector(), Status.OK, "errors: nothing found, as it should be"),
        (ERRORS | {"empty": "ok"}, vector("NaN"), Status.OK, "errors: nothing found, as it should be"),
        (ERRORS | {"warn": None}, vector("2"), Status.OK, "errors: 1 value in range (fails at 5)"),
        (FREE, vector("50"), Status.OK, "free: 1 value in range (warns at 20, fails at 10 and below)"),
        (FREE, vector("15"), Status.WARN, "free: job=j0 is 15 (warns at 20, fails at 10 and below)"),
        (FREE, vector("-Inf"), Status.FAIL, "free: job=j0 is -inf (warns at 20, fails at 10 and below)"),
        (
            ERRORS,
            success({"resultType": "scalar", "result": [1795419000.1, "6"]}),
            Status.FAIL,
            "errors: errors is 6 (warns at 1, fails at 5)",
        ),
        (
            ERRORS,
            success({"resultType": "vector", "result": [{"metric": {}, "histogram": [1.0, {"count": "4"}]}]}),
            Status.UNKNOWN,
            "errors: errors is no number (warns at 1, fails at 5)",
        ),
        (
            ERRORS | {"empty": "ok"},
            success({"resultType": "vector", "result": [{"metric": {}, "histogram": [1.0, {"count": "4"}]}]}),
            Status.UNKNOWN,
            "errors: errors is no number (warns at 1, fails at 5)",
        ),
    ],
)
async def test_values_are_judged_by_their_limits(
    query: dict[str, Any], answer: Canned, status: Status, summary: str
) -> None:
    async with prometheus({"GET /api/v1/query": answer}, queries=(query,)) as ours:
        check = ours.checks()[-1]
        told = await check.ask()
    assert check.name == f"prometheus.query.{query['name']}"
    assert (told.status, told.summary) == (status, summary)
    assert (told.reason is not None) is (status is Status.UNKNOWN)


@pytest.mark.parametrize(
    "answer",
    [
        success({"resultType": "matrix", "result": []}),
        success({"resultType": "string", "result": [1.0, "x"]}),
        success({"resultType": "vector", "result": [{"metric": {}, "value": ["now", 3]}]}),
        success({"resultType": "vector", "result": None}),
        success({"resultType": "scalar", "result": []}),
    ],
)
async def test_what_is_no_number_a_series_is_refused(answer: Canned) -> None:
    async with prometheus({"GET /api/v1/query": answer}, queries=(ERRORS,)) as ours:
        with pytest.raises(Refused):
            await ours.checks()[-1].ask()


async def test_a_long_expression_goes_as_a_form_and_every_one_is_bounded() -> None:
    asked: list[Request] = []

    def server(request: Request) -> Canned:
        asked.append(request)
        return vector("0") if request.path == "/api/v1/query" else SCRIPT.replying()(request)

    long = ERRORS | {"name": "long", "expr": "x" * 2_000}
    async with prometheus(server=server, queries=(ERRORS, long)) as ours:
        for check in ours.checks()[-2:]:
            assert (await check.ask()).status is Status.OK
    short_one, long_one = (one for one in asked if one.path == "/api/v1/query")
    assert (short_one.method, short_one.query["timeout"], short_one.query["limit"]) == ("GET", ["8s"], ["2000"])
    assert (long_one.method, long_one.query, b"timeout=8s" in long_one.body) == ("POST", {}, True)


async def test_the_teams_own_thresholds_go_before_the_systems() -> None:
    thresholds = {"prometheus.query.errors": {"warn": 3.0}}
    async with prometheus({"GET /api/v1/query": vector("2")}, thresholds=thresholds, queries=(ERRORS,)) as ours:
        assert (await ours.checks()[-1].ask()).status is Status.OK


def test_a_query_without_a_limit_and_two_of_one_name_are_refused() -> None:
    with pytest.raises(ValidationError, match="give it a limit"):
        Query(name="x", expr="up")
    with pytest.raises(ValidationError, match="same name"):
        PrometheusSettings(url="http://x", queries=(Query(**ERRORS), Query(**ERRORS)))  # type: ignore[arg-type]  # plain JSON
