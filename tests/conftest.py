"""What all tests share: a test that needs a program says so, and is skipped where it is missing, except in CI."""

import os
import shutil

import pytest


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("program"):
        for program in marker.args:
            if shutil.which(program) is None:
                reason = f"needs {program}, which is not installed (apt-get install {program})"
                if os.environ.get("CI") == "true":
                    pytest.fail(reason, pytrace=False)
                pytest.skip(reason)
