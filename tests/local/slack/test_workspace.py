"""The workspace as a whole: it remembers over a restart, keeps strangers out, and runs in a process of its own."""

import asyncio
import json
import os
import signal
import stat
import sys
from pathlib import Path

import httpx
import pytest

from bot.local.workspace import LocalConfig
from tests.local.slack.conftest import NOWHERE
from tests.local.slack.desk import QUICK, Desk, Json, connected, eventually, seated

OPS = "C0PLATOPS"


async def test_a_restart_keeps_the_whole_world_and_its_secrets(tmp_path: Path) -> None:
    first = LocalConfig.fresh(tmp_path, 0, NOWHERE, patience=QUICK)
    async with seated(first) as desk:
        channel = str((await desk.bot.conversations_create(name="inc-1"))["channel"]["id"])
        ts = str((await desk.bot.chat_postMessage(channel=channel, text="card"))["ts"])
        await desk.bot.pins_add(channel=channel, timestamp=ts)
        await desk.bot.bookmarks_add(channel_id=channel, title="Alert", type="link", link="https://example.com")
        await desk.act("join", user="ann", channel=channel)
        await desk.act("react", user="ann", channel=channel, ts=ts, name="eyes")
        home = {"type": "home", "blocks": [{"type": "divider", "block_id": "line"}]}
        await desk.bot.views_publish(user_id="U0ANN0001", view=home)
        file = await desk.bot.files_upload_v2(channel=channel, content="x,y", filename="a.csv")
        before = json.loads((await desk.people.get("/_/state")).text.replace(desk.config.url, ""))
    again = LocalConfig.fresh(tmp_path, 0, NOWHERE, patience=QUICK)
    assert again.environment() == first.environment()
    async with seated(again) as desk:
        after = json.loads((await desk.people.get("/_/state")).text.replace(desk.config.url, ""))
        for part in ("users", "groups", "channels", "homes"):
            assert after[part] == before[part]
        newer = str((await desk.bot.chat_postMessage(channel=channel, text="later"))["ts"])
        assert newer > before["channels"][-1]["messages"][-1]["ts"]
        assert (await desk.people.get(f"/files/{file['files'][0]['id']}")).content == b"x,y"
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


async def test_the_page_and_the_state_api_answer_only_to_their_own_address(desk: Desk) -> None:
    key = {"X-Local-Key": desk.config.local_key}
    async with httpx.AsyncClient(base_url=desk.config.url, trust_env=False) as stranger:
        assert (await stranger.get("/_/state", headers={"Host": "evil.example"})).status_code == 403
        assert (await stranger.get("/", headers={"Host": f"evil.example:{desk.config.port}"})).status_code == 403
        say = {"user": "ann", "channel": OPS, "text": "x"}
        assert (await stranger.post("/_/slack/say", json=say)).status_code == 403
        assert (await stranger.post("/_/slack/say", json=say, headers={"X-Local-Key": "guess"})).status_code == 403
        foreign = {**key, "Origin": "https://evil.example"}
        assert (await stranger.post("/_/slack/say", json=say, headers=foreign)).status_code == 403
        assert (await stranger.put("/_/faults", json={"kind": "fail"})).status_code == 403
        assert (await stranger.post("/_/pagerduty/ping", json={})).status_code == 403
        own = {**key, "Origin": desk.config.url}
        assert (await stranger.post("/_/slack/say", json=say, headers=own)).status_code == 200
        assert (await stranger.get("/_/healthz")).json() == {"ok": True}
    assert len((await desk.channel(OPS))["messages"]) == 1


async def test_opening_the_page_gives_the_cookie_that_lets_its_forms_act(desk: Desk) -> None:
    async with httpx.AsyncClient(base_url=desk.config.url, trust_env=False) as visitor:
        shown = await visitor.get("/")
        cookie = shown.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        say = {"as": "ann", "place": OPS, "channel": OPS, "text": "from the page"}
        assert (await visitor.post("/act/say", data=say)).status_code == 303
        assert (await visitor.post("/act/say", data=say, headers={"Origin": "null"})).status_code == 403
    assert [each["text"] for each in (await desk.channel(OPS))["messages"]] == ["from the page"]


async def test_a_vendors_own_paths_ask_for_the_vendors_own_credentials(desk: Desk) -> None:
    async with httpx.AsyncClient(base_url=desk.config.url, trust_env=False) as stranger:
        assert (await stranger.get("/pagerduty/incidents")).status_code == 401
        assert (await stranger.post("/slack/api/auth.test")).json()["error"] == "not_authed"
        assert (await stranger.post("/slack/response/guess", json={"text": "x"})).status_code == 404


async def test_the_state_can_be_asked_for_in_parts(desk: Desk) -> None:
    await desk.act("say", user="ann", channel=OPS, text="hello")
    small = (await desk.people.get("/_/state", params={"messages": "no"})).json()
    assert [each["messages"] for each in small["channels"]] == [[]] * 4
    one = (await desk.people.get("/_/slack/channels/platform-ops")).json()
    assert [each["text"] for each in one["messages"]] == ["hello"]
    assert (await desk.people.get("/_/slack/channels/nowhere")).status_code == 404


async def test_every_vendor_of_the_environment_answers(desk: Desk) -> None:
    given = desk.config.environment()
    for variables in desk.config.examples().values():
        given |= variables
    jira = (given["JIRA_EMAIL"], given["JIRA_API_TOKEN"])
    pager = {"Authorization": f"Token token={given['PAGERDUTY_API_KEY']}"}
    async with httpx.AsyncClient(trust_env=False) as bot:
        assert (await bot.get(f"{given['JIRA_URL']}/rest/api/3/myself", auth=jira)).status_code == 200
        assert (await bot.get(f"{given['JIRA_URL']}/rest/api/3/myself")).status_code == 401
        assert (await bot.get(f"{given['PAGERDUTY_API_URL']}/incidents", headers=pager)).status_code == 200
        assert (await bot.get(f"{given['PROMETHEUS_URL']}/api/v1/targets")).status_code == 200
        assert (await bot.get(f"{given['ALERTMANAGER_URL']}/api/v2/alerts")).status_code == 200
        argo = {"Authorization": f"Bearer {given['ARGOCD_TOKEN']}"}
        assert (await bot.get(f"{given['ARGOCD_URL']}/api/v1/applications", headers=argo)).status_code == 200
        assert (await bot.get(f"{given['ARGOCD_URL']}/api/v1/applications")).status_code == 401
        event: Json = {"routing_key": given["PAGERDUTY_ROUTING_KEY"], "event_action": "trigger"}
        event["payload"] = {"summary": "disk full", "source": "db-1", "severity": "critical"}
        assert (await bot.post(f"{given['PAGERDUTY_EVENTS_URL']}/v2/enqueue", json=event)).status_code == 202
    assert (await desk.people.get("/_/jira/board")).json()["project"] == given["JIRA_PROJECT"]


def test_secrets_are_never_shown_by_the_config() -> None:
    config = LocalConfig.fresh(None, 8081, "http://127.0.0.1:8080/")
    shown = repr(config)
    environment = config.environment()
    hidden = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "PAGERDUTY_API_KEY", "PAGERDUTY_WEBHOOK_SECRETS", "JIRA_API_TOKEN")
    assert not [name for name in hidden if environment[name] in shown]
    assert environment["SLACK_API_URL"] == "http://127.0.0.1:8081/slack/api/"
    assert "SLACK_SIGNING_SECRET" not in environment
    over_http = LocalConfig.fresh(None, 8081, "http://127.0.0.1:8080", slack_mode="http").environment()
    assert "SLACK_APP_TOKEN" not in over_http
    assert over_http["SLACK_SIGNING_SECRET"]


async def test_a_workspace_stops_though_pages_and_sockets_are_open(desk: Desk) -> None:
    async with (
        httpx.AsyncClient(base_url=desk.config.url, trust_env=False) as visitor,
        visitor.stream("GET", "/live") as live,
    ):
        lines = live.aiter_lines()
        assert await anext(lines) == "event: hello"
        await desk.act("say", user="ann", channel=OPS, text="news")
        async with asyncio.timeout(5):
            while await anext(lines) != "event: draw":
                pass


@pytest.mark.crash
async def test_alone_in_a_process_it_says_when_it_is_ready_and_survives_a_kill(tmp_path: Path) -> None:
    async def started() -> tuple[asyncio.subprocess.Process, dict[str, str], str, str]:
        command = [sys.executable, "-m", "bot.local", "--port", "0", "--data", str(tmp_path), "--redeliver", "0.1"]
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        line = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
        assert line["ready"] is True
        return process, line["environment"], line["url"], line["key"]

    process, environment, url, key = await started()
    say = {"user": "ann", "channel": OPS, "text": "remember me"}
    async with httpx.AsyncClient(headers={"X-Local-Key": key}, trust_env=False) as people:
        assert (await people.post(f"{url}/_/slack/say", json=say)).status_code == 200
        process.send_signal(signal.SIGKILL)
        await process.wait()
        process, again, url, _ = await started()
        state = (await people.get(f"{url}/_/state")).json()
    assert again["SLACK_BOT_TOKEN"] == environment["SLACK_BOT_TOKEN"]
    assert "remember me" in str(state["channels"])
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 10) == 0


_POSTING = """
import asyncio, os
from slack_sdk.web.async_client import AsyncWebClient
client = AsyncWebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
asyncio.run(client.chat_postMessage(channel="C0PLATOPS", text="once"))
"""


@pytest.mark.crash
@pytest.mark.parametrize("applied", ["before", "after"])
async def test_a_bot_killed_while_its_call_is_held_has_posted_exactly_once(desk: Desk, applied: str) -> None:
    await desk.fault(system="slack", method="chat.postMessage", kind="hold", applied=applied, times=1)
    environment = {**os.environ, **desk.config.environment()}
    bot = await asyncio.create_subprocess_exec(sys.executable, "-c", _POSTING, env=environment)

    async def is_held() -> bool:
        return await desk.held() == 1

    await eventually(is_held)
    bot.kill()
    await bot.wait()
    assert (await desk.people.post("/_/faults/release")).json() == {"released": 1}

    async def is_free() -> bool:
        return await desk.held() == 0

    async def is_said() -> bool:
        return [each["text"] for each in (await desk.channel(OPS))["messages"]] == ["once"]

    await eventually(is_free)
    await eventually(is_said)


async def test_two_apps_share_the_payloads(desk: Desk) -> None:
    async with connected(desk) as one, connected(desk) as two:
        for number in range(20):
            await desk.act("command", user="ann", channel=OPS, command="/oncall", text=str(number))
        assert len(one.heard) + len(two.heard) == 20
        assert one.heard
        assert two.heard


def test_the_data_folder_is_all_it_touches(tmp_path: Path) -> None:
    LocalConfig.fresh(tmp_path / "data", 0, NOWHERE)
    assert [each.name for each in tmp_path.iterdir()] == ["data"]
