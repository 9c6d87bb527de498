"""Reads what `conftest test --output json` printed, and reduces it to facts."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from bot.domain.capabilities import ReportReader
from bot.domain.errors import Unreadable
from bot.domain.report import Report
from bot.integrations.foreign import shown
from bot.integrations.opa.facts import MOST, Facts, Finding
from bot.integrations.opa.settings import OpaSettings
from bot.integrations.opa.shapes import Message, Tested
from bot.integrations.reports import exit_code, json_of, name_of, read_as

_WHAT: Final = "conftest test --output json"
_NAMED: Final = "what was tested, such as the repository"


class ConftestReports(ReportReader):
    @classmethod
    def reading(cls, settings: OpaSettings) -> "ConftestReports":  # noqa: ARG003 - one way to read, whatever is set
        return cls()

    def report(self, body: bytes, about: Mapping[str, str]) -> Report:
        ended = exit_code(about)
        try:
            told = json_of(body, _WHAT)
        except Unreadable:
            if not ended:
                raise
            words = f"conftest failed (exit status {ended})"
            return Report(name=name_of(about, "", _NAMED), facts=_plain(Facts(failed=words)), words=words)
        tested = read_as(list[Tested], told, _WHAT)
        if not tested:
            raise Unreadable(f"not one file was tested: check what {_WHAT} was given")
        facts = _facts(tested, ended)
        return Report(name=name_of(about, "", _NAMED), facts=_plain(facts), words=_words(facts))


def _facts(tested: list[Tested], ended: int | None) -> Facts:
    failures = list(_findings((one, said) for one in tested for said in one.failures))
    warnings = list(_findings((one, said) for one in tested for said in one.warnings))
    exceptions = sum(len(one.exceptions) for one in tested)
    return Facts(
        files=len({one.filename for one in tested}),
        tests=sum(max(0, one.successes) for one in tested) + len(failures) + len(warnings) + exceptions,
        exceptions=exceptions,
        failures=failures[:MOST],
        more_failures=len(failures[MOST:]),
        warnings=warnings[:MOST],
        more_warnings=len(warnings[MOST:]),
        exit_code=ended,
    )


def _findings(said: Iterable[tuple[Tested, Message]]) -> Iterable[Finding]:
    for one, message in said:
        yield Finding(
            file=shown(one.filename, limit=100),
            namespace=shown(one.namespace, limit=60),
            message=shown(message.msg, limit=100),
        )


def _words(facts: Facts) -> str:
    counted = ((facts.failure_count, "failed"), (facts.warning_count, "warned"), (facts.exceptions, "excepted"))
    told = [f"{number} {words}" for number, words in counted if number]
    return ", ".join([f"{facts.tests} tests of {facts.files} files", *told])


def _plain(facts: Facts) -> dict[str, Any]:
    return facts.model_dump(mode="json", exclude_defaults=True)
