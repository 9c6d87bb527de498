"""Tests that need a program: skipped with a reason on a machine without it, failing where everything must be there."""

from collections.abc import Iterator

import pytest

from tests.conftest import pytest_runtest_setup


class Marked:
    """As much of a test as the rule looks at."""

    def __init__(self, program: str) -> None:
        self.program = program

    def iter_markers(self, name: str) -> Iterator[pytest.Mark]:
        assert name == "program"
        yield pytest.mark.program(self.program).mark


def test_a_missing_program_skips_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="needs no-such-program, which is not installed"):
        pytest_runtest_setup(Marked("no-such-program"))  # type: ignore[arg-type] # a stand-in for pytest's own item


def test_a_missing_program_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="needs no-such-program"):
        pytest_runtest_setup(Marked("no-such-program"))  # type: ignore[arg-type] # a stand-in for pytest's own item


def test_a_program_that_is_there_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    pytest_runtest_setup(Marked("sh"))  # type: ignore[arg-type] # a stand-in for pytest's own item
