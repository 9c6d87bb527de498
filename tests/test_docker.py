"""The image: what the Dockerfile promises, checked without Docker; the steps themselves are run in CI."""

import ast
import json
import os
import re
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

from bot import __version__
from bot.settings import Settings

ROOT = Path(__file__).parent.parent
DOCKERFILE = ROOT / "Dockerfile"
HADOLINT = Path(sys.executable).parent / "hadolint"
STEPS = ROOT / "scripts" / "image-steps"


@pytest.fixture(scope="module")
def steps() -> ModuleType:
    """The script's own reading of a Dockerfile."""
    loader = SourceFileLoader("image_steps", str(STEPS))
    spec = spec_from_loader("image_steps", loader)
    assert spec
    module = module_from_spec(spec)
    sys.modules["image_steps"] = module  # its dataclass looks itself up there
    was, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # no cache beside a script
    try:
        loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = was
    return module


@pytest.fixture
def final(steps: ModuleType) -> dict[str, list[str]]:
    """The instructions of the last stage, by word."""
    found: dict[str, list[str]] = {}
    for word, rest in steps.instructions(DOCKERFILE.read_text()):
        if word == "FROM":
            found = {}
        found.setdefault(word, []).append(rest)
    return found


def test_the_dockerfile_is_lint_clean() -> None:
    ran = subprocess.run([HADOLINT, DOCKERFILE], text=True, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stdout


def test_it_runs_as_nobody_in_particular(final: dict[str, list[str]]) -> None:
    (user,) = final["USER"]
    number, _, group = user.partition(":")
    assert int(number) >= 1000  # a number, so that `runAsNonRoot` can tell
    assert int(group) >= 1000


def test_nothing_that_installs_is_left_in_it(final: dict[str, list[str]]) -> None:
    assert any("pip uninstall" in step for step in final["RUN"])
    assert any(re.search(r"rm -rf \S*/ensurepip", step) for step in final["RUN"])
    assert not any(re.search(r"pip\S* install|-m ensurepip|apt-get", step) for step in final["RUN"])
    assert "--without-pip" in DOCKERFILE.read_text()


def test_only_what_the_lock_vouches_for_is_installed() -> None:
    installs = re.findall(r"pip --python .*?(?=&&|\n[A-Z])", DOCKERFILE.read_text(), re.DOTALL)
    assert installs
    for install in installs:
        for wanted in ("--require-hashes", "--only-binary=:all:", "--no-deps", "-r requirements.lock"):
            assert wanted in install


def test_it_writes_to_its_data_folder_alone_and_never_plays_slack(
    steps: ModuleType, final: dict[str, list[str]]
) -> None:
    image = steps.Image(Path("/nowhere"))
    image.do("ENV", " ".join(final["ENV"]))
    assert image.environment["DAYWATCH_DATA_DIR"] == "/nowhere/data"
    assert image.environment["PYTHONDONTWRITEBYTECODE"] == "1"
    assert image.environment["DAYWATCH_REQUIRE_SLACK"] == "1"
    assert image.environment["DAYWATCH_HOST"] == "0.0.0.0"
    assert final["VOLUME"] == ['["/data"]']
    ours = {name for name in image.environment if name.startswith("DAYWATCH_")}
    assert ours <= set(map(str.upper, Settings.model_fields))


def test_its_health_check_is_a_program_that_asks_healthz(final: dict[str, list[str]]) -> None:
    (check,) = final["HEALTHCHECK"]
    python, flag, program = json.loads(check.partition("CMD ")[2])
    assert (python, flag) == ("python", "-c")
    assert "'/healthz'" in program
    ast.parse(program)


def test_it_stops_on_the_signal_that_the_bot_hears(final: dict[str, list[str]]) -> None:
    assert final["STOPSIGNAL"] == ["SIGTERM"]
    assert final["ENTRYPOINT"] == ['["daywatch"]']
    assert final["CMD"] == ['["serve"]']


def test_its_label_is_the_version(final: dict[str, list[str]]) -> None:
    assert f'image.version="{__version__}"' in final["LABEL"][0]


def test_no_secret_and_no_history_can_get_into_it() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert {line for line in rules if line.startswith("!")} == {"!bot", "!runbooks", "!requirements.lock", "!LICENSE"}


def test_what_is_copied_is_let_in_and_is_there(steps: ModuleType) -> None:
    let_in = (ROOT / ".dockerignore").read_text().splitlines()
    copied = [
        name
        for word, rest in steps.instructions(DOCKERFILE.read_text())
        if word == "COPY" and not rest.startswith("--from=")
        for name in rest.split()[:-1]
    ]
    assert copied
    for name in copied:
        assert f"!{name}" in let_in
        assert (ROOT / name).exists()


@pytest.mark.timeout(600)
@pytest.mark.skipif(
    os.environ.get("CI") != "true", reason="installs every library anew, about a minute: CI, or scripts/image-steps"
)
def test_its_steps_work_and_the_result_starts_on_a_read_only_tree() -> None:
    ran = subprocess.run(
        [sys.executable, STEPS], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=580
    )
    assert ran.returncode == 0, ran.stdout[-3000:]
    assert "stops on its signal" in ran.stdout
