"""A healthy Jenkins, and one in which things bear hostile names."""

import base64
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from pydantic import SecretStr

from bot.integrations.jenkins.settings import JenkinsSettings
from tests.integrations.contract.script import Script
from tests.integrations.contract.server import Canned, Request, told
from tests.integrations.moment import AT

TOKEN: Final = "11e0c4a9d7b2f0"
WEBHOOK_SECRET: Final = "jenkins-hook-7b11f0"
ROOT: Final = "GET /api/json"
DEPLOY: Final = "GET /job/deploy-shop/api/json"
SHOP: Final = "GET /job/team/job/shop/api/json"
DESCRIBE: Final = "GET /job/deploy-shop/413/wfapi/describe"
QUEUE: Final = "GET /queue/api/json"
AGENTS: Final = "GET /computer/api/json"
PIPELINE: Final = "org.jenkinsci.plugins.workflow.job.WorkflowRun"
INPUT: Final[Mapping[str, Any]] = {"_class": "org.jenkinsci.plugins.workflow.support.steps.input.InputAction"}
PRIMARY: Final[Mapping[str, Any]] = {"_class": "jenkins.scm.api.metadata.PrimaryInstanceMetadataAction"}


def millis(**amount: float) -> int:
    return int((AT - timedelta(**amount)).timestamp() * 1_000)


def build(
    number: int = 412, result: str | None = "SUCCESS", *, at: str = "deploy-shop", **changes: Any
) -> dict[str, Any]:
    """A build as Jenkins lists it. Any: whatever JSON can hold."""
    found = {
        "_class": PIPELINE,
        "number": number,
        "result": result,
        "building": result is None,
        "timestamp": millis(hours=5),
        "duration": 0 if result is None else 183_422,
        "estimatedDuration": 200_000,
        "url": f"https://ci.example/job/{at.replace('/', '/job/')}/{number}/",
    }
    return found | changes


def running(number: int = 413, **changes: Any) -> dict[str, Any]:
    return build(number, None) | {"timestamp": millis(minutes=3), "actions": [{}, INPUT]} | changes


def job(name: str = "deploy-shop", *builds: dict[str, Any], **changes: Any) -> dict[str, Any]:
    newest = sorted(builds or (build(at=name),), key=lambda one: -one["number"])
    found = {
        "_class": "org.jenkinsci.plugins.workflow.job.WorkflowJob",
        "name": name,
        "url": f"https://ci.example/job/{name}/",
        "buildable": True,
        "color": "blue",
        "inQueue": False,
        "actions": [{}],
        "lastBuild": newest[0],
        "lastCompletedBuild": next((one for one in newest if not one["building"]), None),
        "builds": newest,
    }
    return found | changes


def folder(*jobs: Any, name: str = "team", kind: str = "com.cloudbees.hudson.plugins.folder.Folder") -> dict[str, Any]:
    return {"_class": kind, "name": name, "jobs": list(jobs), "actions": [{}]}


def branches(*jobs: Any, name: str = "shop") -> dict[str, Any]:
    return folder(*jobs, name=name, kind="org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject")


def item(**changes: Any) -> dict[str, Any]:
    found = {
        "_class": "hudson.model.Queue$BuildableItem",
        "id": 998,
        "stuck": False,
        "blocked": False,
        "buildable": True,
        "why": "Waiting for next available executor",
        "inQueueSince": millis(minutes=2),
        "task": {"name": "deploy-shop", "url": "https://ci.example/job/deploy-shop/"},
    }
    return found | changes


def agent(name: str = "linux-1", **changes: Any) -> dict[str, Any]:
    found = {
        "_class": "hudson.slaves.SlaveComputer",
        "displayName": name,
        "offline": False,
        "temporarilyOffline": False,
        "offlineCauseReason": "",
        "numExecutors": 4,
    }
    return found | changes


def agents(*found: dict[str, Any]) -> Canned:
    return told({"busyExecutors": 1, "totalExecutors": 4 * len(found), "computer": list(found)})


HEALTHY: Final[Mapping[str, Canned]] = {
    ROOT: told({"_class": "hudson.model.Hudson", "mode": "NORMAL", "quietingDown": False}),
    DEPLOY: told(job("deploy-shop", running(), build())),
    SHOP: told(branches(job("main", build(77), actions=[PRIMARY]), job("PR-4", build(1, "FAILURE")))),
    DESCRIBE: told({"id": "413", "name": "#413", "status": "IN_PROGRESS", "stages": []}),
    QUEUE: told({"items": [item()]}),
    AGENTS: agents(agent("Built-In Node", numExecutors=0), agent()),
}


def answer(request: Request) -> Canned | None:
    """The top is asked for the controller's state or for the jobs there."""
    if request.line == ROOT and request.query.get("tree", [""])[0].startswith("jobs["):
        return told({"_class": "hudson.model.Hudson", "jobs": [job(), folder(name="team")]})
    return None


def named(name: str) -> Mapping[str, Canned]:
    bad = job(name, running(9, estimatedDuration=1), build(8, name))
    return {
        SHOP: told(folder(bad, name=name)),
        DEPLOY: told(job("deploy-shop", build(412, "FAILURE"))),
        QUEUE: told({"items": [item(stuck=True, why=name, task={"name": name, "url": name})]}),
        AGENTS: agents(agent(name, offline=True, offlineCauseReason=name)),
    }


def prove(body: bytes) -> Mapping[str, str]:
    """As the plugin does with a user and password in its address."""
    pair = base64.b64encode(f"daywatch:{WEBHOOK_SECRET}".encode()).decode()
    return {"content-length": str(len(body)), "authorization": f"Basic {pair}"}


SCRIPT: Final = Script(
    settings=lambda address: JenkinsSettings(
        url=address,
        user="daywatch",
        api_token=SecretStr(TOKEN),
        jobs=("deploy-shop", "team/shop"),
        webhook_secret=SecretStr(WEBHOOK_SECRET),
    ),
    secrets=(TOKEN, WEBHOOK_SECRET),
    healthy=HEALTHY,
    answer=answer,
    named=named,
    shows_names=("jenkins.jobs", "jenkins.running", "jenkins.queue", "jenkins.agents"),
    empty={
        "jenkins.jobs": {SHOP: told(folder()), DEPLOY: told(folder())},
        "jenkins.running": {SHOP: told(folder()), DEPLOY: told(folder())},
        "jenkins.waiting": {SHOP: told(folder()), DEPLOY: told(folder())},
        "jenkins.agents": {AGENTS: agents()},
    },
    prove=prove,
)
