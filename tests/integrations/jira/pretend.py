"""A Jira that says what a test wants, on a loopback port: for answers that a real one gives only on bad days."""

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Json = Any  # Any: test bodies have every shape on purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Says:
    status: int = 200
    body: bytes = b""
    kind: str = "application/json;charset=UTF-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    promised: int | None = None
    """A Content-Length other than the true one."""


Script = Says | Callable[[Asked], Says]


def says(value: Json, status: int = 200, **headers: str) -> Says:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Says(status=status, body=json.dumps(value).encode(), headers=named)


PAGE = Says(body=b"<!DOCTYPE html><html><title>Log in - Jira</title></html>", kind="text/html")
MYSELF = says({"accountId": "5b10", "displayName": "Daywatch", "emailAddress": "bot@example.com", "active": True})


class PretendJira:
    """Answers each (method, path below /jira/rest/api/2/) with its scripts in turn; the last one stays."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._scripts: dict[tuple[str, str], list[Script]] = defaultdict(list)
        self._always: Script | None = None
        self.url = ""

    def on(self, call: str, *scripts: Script) -> None:
        method, _, path = call.partition(" ")
        self._scripts[method, path] = list(scripts)

    def always(self, script: Script) -> None:
        self._always = script

    def calls(self, call: str) -> list[Asked]:
        method, _, path = call.partition(" ")
        return [one for one in self.asked if (one.method, one.path) == (method, path)]

    def answer(self, asked: Asked) -> Says:
        self.asked.append(asked)
        scripts = self._scripts.get((asked.method, asked.path))
        if self._always is not None:
            script: Script = self._always
        elif not scripts:
            return says({"errorMessages": [f"no script for {asked.method} {asked.path}"], "errors": {}}, 404)
        else:
            script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
        return script if isinstance(script, Says) else script(asked)


@contextmanager
def pretending() -> Iterator[PretendJira]:
    jira = PretendJira()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            parts = urlsplit(self.path)
            sent = self.rfile.read(int(self.headers.get("content-length", "0")))
            asked = Asked(
                method=self.command,
                path=parts.path.removeprefix("/jira/rest/api/2/"),
                query=parse_qs(parts.query),
                headers={name.lower(): value for name, value in self.headers.items()},
                body=json.loads(sent) if sent else None,
            )
            told = jira.answer(asked)
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", told.kind)
            self.send_header("Content-Length", str(len(told.body) if told.promised is None else told.promised))
            self.end_headers()
            try:
                self.wfile.write(told.body)
            except OSError:
                self.close_connection = True  # the other side had seen enough
            if told.promised is not None:
                self.close_connection = True

        do_GET = do_POST = do_PUT = do_DELETE = _any  # noqa: N815 - names that http.server looks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own name
            """Tests read `asked` instead."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    jira.url = f"http://127.0.0.1:{server.server_address[1]}/jira"
    try:
        yield jira
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
