"""A real ansible-playbook in check mode, in both forms that we read: what it finds, and that no secret is kept."""

import asyncio
import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from bot.domain.check import Answer, Status
from bot.domain.report import KeptReport, Report
from bot.integrations import Wiring
from bot.integrations.ansible.adapter import Runs
from bot.integrations.ansible.connect import connect
from bot.integrations.ansible.reports import RunReader
from bot.integrations.ansible.settings import AnsibleSettings
from bot.integrations.http import Outside
from tests.integrations.contract.asking import Kept

SECRET = "pl4nted-secret"
PLAYBOOK = f"""
- name: Site config
  hosts: all
  gather_facts: false
  vars:
    password: {SECRET}
  tasks:
    - name: motd file
      ansible.builtin.copy:
        content: "the key is {{{{ password }}}}"
        dest: "{{{{ playbook_dir }}}}/motd-{{{{ inventory_hostname }}}}"
      when: inventory_hostname == 'drifted'
    - name: command
      ansible.builtin.command: "echo {{{{ password }}}}"
    - name: bad host
      ansible.builtin.fail:
        msg: "the key is {{{{ password }}}}"
      when: inventory_hostname == 'bad'
"""
# Where no folder can be made for its work, a host counts as out of reach, without any network.
HOSTS = "same\ndrifted\nbad\ngone ansible_remote_tmp=/proc/none\n[all:vars]\nansible_connection=local\n"


class Ran(NamedTuple):
    code: int
    out: bytes


def play(folder: Path, callback: str, *words: str) -> Ran:
    (folder / "site.yml").write_text(PLAYBOOK)
    (folder / "hosts").write_text(HOSTS)
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_STDOUT_CALLBACK": f"ansible.posix.{callback}",
        "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
        "ANSIBLE_PYTHON_INTERPRETER": "/usr/bin/python3",
    }
    ran = subprocess.run(
        ["ansible-playbook", "-i", "hosts", "--check", "--diff", *words, "site.yml"],
        cwd=folder,
        capture_output=True,
        check=False,
        env=environment,
        timeout=120,
    )
    return Ran(ran.returncode, ran.stdout)


def judged(report: Report) -> Answer:
    outside = Outside(now=lambda: datetime.now(UTC))
    kept = Kept([KeptReport(report=report, received_at=datetime.now(UTC))])
    ours = connect(AnsibleSettings(), Wiring(outside=outside, reports=kept))
    assert isinstance(ours, Runs)
    return asyncio.run(_asked(ours))


async def _asked(ours: Runs) -> Answer:
    return await ours.runs()


@pytest.mark.program("ansible-playbook")
@pytest.mark.parametrize("callback", ["json", "jsonl"])
def test_what_ansible_really_prints_is_read(tmp_path: Path, callback: str) -> None:
    ran = play(tmp_path, callback)
    assert ran.code == 4, ran  # a host out of reach, though another one failed
    assert SECRET in ran.out.decode()
    report = RunReader().report(ran.out, {"exit_code": str(ran.code)})
    assert report.name == "site.yml"
    assert report.made_at is not None
    assert datetime.now(UTC) - report.made_at < timedelta(minutes=5)
    assert json.loads(json.dumps(report.facts)) == {
        "hosts": 4,
        "changed_hosts": 1,
        "changed_tasks": 1,
        "failed_hosts": 1,
        "dark_hosts": 1,
        "changed": [{"host": "drifted", "task": "motd file"}],
        "failed": [{"host": "bad", "task": "bad host"}],
        "dark": [{"host": "gone", "task": ""}],
        "finished": True,
        "exit_code": 4,
    }
    answer = judged(report)
    (found,) = answer.evidence
    assert (answer.status, found.detail) == (
        Status.FAIL,
        "cannot judge bad (bad host); out of reach: gone; drifted: drifted (motd file)",
    )
    assert SECRET not in f"{report} {answer}"


@pytest.mark.program("ansible-playbook")
def test_a_site_that_is_as_it_should_be_is_ok_and_a_pattern_that_meets_nobody_is_not(tmp_path: Path) -> None:
    ran = play(tmp_path, "json", "-v", "--limit", "same")
    assert (ran.code, ran.out.startswith(b"No config file found")) == (0, True), ran
    assert judged(RunReader().report(ran.out, {"exit_code": "0"})).status is Status.OK
    nobody = play(tmp_path, "json", "--limit", "nobody")
    assert (nobody.code, nobody.out) == (1, b"")
    assert judged(RunReader().report(nobody.out, {"exit_code": "1", "name": "site.yml"})).status is Status.FAIL
