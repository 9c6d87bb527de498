"""Slack's signed payloads by hand, for a replica of one's choice, as often as one likes."""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode
from uuid import uuid4

import httpx

from tests.journeys.stage import Stage

FORM = "application/x-www-form-urlencoded"


@dataclass(slots=True, kw_only=True)
class Payload:
    """One payload; sent twice it is the same one again."""

    body: str
    kind: str
    secret: str = field(repr=False)
    answers: list[httpx.Response] = field(default_factory=list)

    def sent_to(self, door: httpx.Client, **headers: str) -> httpx.Response:
        stamp = str(int(time.time()))
        digest = hmac.new(self.secret.encode(), f"v0:{stamp}:{self.body}".encode(), hashlib.sha256).hexdigest()
        signed = {
            "content-type": self.kind,
            "x-slack-request-timestamp": stamp,
            "x-slack-signature": f"v0={digest}",
        }
        answer = door.post("/slack/events", content=self.body.encode(), headers=signed | headers)
        self.answers.append(answer)
        return answer


def command(stage: Stage, user: str, channel: str, text: str) -> Payload:
    name, _, rest = text.partition(" ")
    ids = stage.state()["team"]
    place = stage.channel(channel)
    fields = {
        "command": name,
        "text": rest,
        "user_id": user,
        "channel_id": place["id"],
        "team_id": ids["team"],
        "api_app_id": ids["app"],
        "trigger_id": uuid4().hex,
    }
    return Payload(body=urlencode(fields), kind=FORM, secret=stage.environment["SLACK_SIGNING_SECRET"])


def event(stage: Stage, inner: Mapping[str, object]) -> Payload:
    ids = stage.state()["team"]
    outer = {
        "type": "event_callback",
        "team_id": ids["team"],
        "api_app_id": ids["app"],
        "event_id": f"Ev{uuid4().hex[:10].upper()}",
        "event_time": int(time.time()),
        "event": dict(inner),
    }
    secret = stage.environment["SLACK_SIGNING_SECRET"]
    return Payload(body=json.dumps(outer), kind="application/json", secret=secret)
