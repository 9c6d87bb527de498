"""The page for CI holds what people copy: its scripts run, its files are what each CI reads, its tokens are ours."""

import asyncio
import gzip
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from bot.integrations import discover
from tests.integrations.contract.server import Canned, Request, serving, told

PAGE = Path(__file__).parent.parent / "docs" / "reports.md"
TEXT = PAGE.read_text()


def fenced(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def scripts() -> Mapping[str, str]:
    """Each script by the path that the words before it give."""
    found = re.findall(r"`(ci/[a-z-]+\.sh)`(?:(?!```|`ci/).)*?```sh\n(.*?)```", TEXT, re.DOTALL)
    return dict(found)


SCRIPTS = scripts()
TOOLS = ("trivy", "terraform", "pulumi", "ansible", "conftest")


def test_each_tool_has_its_script_and_its_three_files() -> None:
    assert set(SCRIPTS) == {f"ci/{name}.sh" for name in (*TOOLS, "daywatch-report")}
    assert len(fenced("sh")) == len(SCRIPTS)
    assert len(fenced("yaml")) == 2 * len(TOOLS)
    assert len(fenced("groovy")) == len(TOOLS)
    called = re.findall(r"sh (ci/[a-z-]+\.sh)", TEXT)
    assert {(name, called.count(name)) for name in called} == {(f"ci/{name}.sh", 3) for name in TOOLS} | {
        ("ci/daywatch-report.sh", len(TOOLS))
    }


def test_files_of_github_and_gitlab_are_what_those_read() -> None:
    for block in fenced("yaml"):
        read = yaml.safe_load(block)
        jobs = read.get("jobs", read)
        (job,) = jobs.values()
        if "jobs" in read:
            assert read[True]["schedule"]  # YAML takes `on` for a truth value, and GitHub does not mind
            assert all(isinstance(step.get("run", step.get("uses")), str) for step in job["steps"])
            assert [step for step in job["steps"] if "@v" in step.get("uses", "")] == []
        else:
            assert all(isinstance(line, str) for line in (*job["script"], *job.get("before_script", ())))


def test_files_of_jenkins_are_whole() -> None:
    for block in fenced("groovy"):
        bare = re.sub(r"'[^'\n]*'", "", block)
        assert "'" not in bare
        assert (bare.count("{"), bare.count("(")) == (bare.count("}"), bare.count(")"))


def test_every_door_that_the_page_names_is_there_with_its_token() -> None:
    told = re.findall(r"^\| `/reports/(\w+)` \| `(\w+)` \|", TEXT, re.MULTILINE)
    doors = {one.name: one.settings.variable_name("report_token") for one in discover() if one.reports is not None}
    assert len(told) > len(TOOLS)
    assert told == [(name, doors.get(name)) for name, _ in told]


@dataclass(frozen=True)
class Ran:
    status: int
    said: str
    posted: Request

    @property
    def body(self) -> bytes:
        return gzip.decompress(self.posted.body)


async def run(folder: Path, script: str, given: list[str], tool: str, answer: Canned) -> Ran:
    """One of the scripts, with a stand-in for its tool and a door that answers so."""
    (folder / "ci").mkdir()
    (folder / "bin").mkdir()
    for name, text in SCRIPTS.items():
        (folder / name).write_text(text)
    for name in ("trivy", "terraform", "pulumi", "ansible-playbook", "conftest"):
        (folder / "bin" / name).write_text(f"#!/bin/sh\n{tool}\n")
        (folder / "bin" / name).chmod(0o755)
    asked: list[Request] = []

    def door(request: Request) -> Canned:
        asked.append(request)
        return answer

    async with serving(door) as address:
        environment = {
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "DAYWATCH_URL": address,
            "DAYWATCH_REPORT_TOKEN": "t0ken",
        }
        done = await asyncio.to_thread(
            subprocess.run,
            ["sh", script, *given],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    (posted,) = asked
    return Ran(done.returncode, done.stdout + done.stderr, posted)


# What stands in for the tool: it writes where the script tells it to, and ends with 2.
STAND_IN = (
    'case "$*" in *" --output trivy.json "*) echo "{}" > trivy.json;; *init*) exit 0;; *) echo "{}";; esac; exit 2'
)
GIVEN = {
    "trivy": ["registry.example.com/shop:1", "shop"],
    "terraform": ["shop"],
    "pulumi": ["shop"],
    "ansible": ["shop"],
    "conftest": ["shop", "deploy/"],
}


@pytest.mark.program("curl")
@pytest.mark.parametrize("tool", TOOLS)
async def test_a_script_posts_what_its_tool_printed_with_name_and_exit_status(tmp_path: Path, tool: str) -> None:
    ran = await run(tmp_path, f"ci/{tool}.sh", GIVEN[tool], STAND_IN, told({"detail": "understood"}, 202))
    system = "opa" if tool == "conftest" else tool
    assert ran.posted.line == f"POST /reports/{system}"
    assert ran.posted.query == {"name": ["shop"], "exit_code": ["2"]}
    assert ran.posted.headers["authorization"] == "Bearer t0ken"
    assert ran.posted.headers["content-encoding"] == "gzip"
    assert (ran.body, "understood" in ran.said) == (b"{}\n", True)
    assert ran.status == (0 if tool == "terraform" else 2)  # there 2 says that something changed


@pytest.mark.program("curl")
async def test_a_tool_that_printed_nothing_is_told_as_failed(tmp_path: Path) -> None:
    ran = await run(tmp_path, "ci/trivy.sh", GIVEN["trivy"], "exit 1", told({"detail": "noted"}, 202))
    assert (ran.status, ran.body, ran.posted.query["exit_code"]) == (1, b"", ["1"])


@pytest.mark.program("curl")
async def test_a_refused_report_fails_the_job_and_says_why(tmp_path: Path) -> None:
    refused = told({"detail": "this is not the output of trivy"}, 422)
    ran = await run(tmp_path, "ci/trivy.sh", GIVEN["trivy"], "exit 0", refused)
    assert (ran.status != 0, "this is not the output of trivy" in ran.said) == (True, True)
