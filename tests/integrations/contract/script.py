"""What each integration gives the contract suite: settings that point anywhere, and its healthy answers."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from bot.domain.check import Status
from bot.integrations import names
from bot.integrations.settings import SystemSettings
from tests.integrations.contract.server import Canned, Request, said

TESTS = Path(__file__).parent.parent
FOLDERS = TESTS.parent.parent / "bot" / "integrations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What CI posts to `/reports/<name>`: the output, and the query beside it."""

    body: bytes
    about: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """`tests/integrations/<name>/scripted.py` holds one as `SCRIPT`.

    `healthy` maps "GET /path" to the answer of a system in which all is well. Where an answer depends on the query or
    the body, `answer` is asked first. Every check must then be ok, or what `expected` says.
    `named` gives the answers of a system in which something with the given (hostile) name is wrong; every check of
    `shows_names` must then find it. `empty` gives, for a check, the answers of an inventory with nothing in it.
    """

    settings: Callable[[str], SystemSettings]
    secrets: Collection[str] = ()
    healthy: Mapping[str, Canned] = field(default_factory=dict)
    answer: Callable[[Request], Canned | None] | None = None
    expected: Mapping[str, Status] = field(default_factory=dict)
    named: Callable[[str], Mapping[str, Canned]] | None = None
    shows_names: Collection[str] = ()
    empty: Mapping[str, Mapping[str, Canned]] = field(default_factory=dict)
    only_status: Collection[str] = ()
    """Requests of which only the status code is an answer, such as "GET /-/ready"."""
    beside: Collection[tuple[str, str]] = ()
    """Pairs of a check and a request on which its status does not rest (a link, a name)."""
    speaks_http: bool = True
    """False where the system is no web server; then its own tests play the faults."""
    prove: Callable[[bytes], Mapping[str, str]] | None = None
    """The headers of a notice that proves its sender, for integrations with a webhook."""
    posts: Sequence[Post] = ()
    """What CI posts where all is well."""
    posts_named: Callable[[str], Sequence[Post]] | None = None
    """What it posts when something with the given (hostile) name is wrong."""
    reported: Collection[str] = ()
    """The checks that rest on what was posted, and on nothing else."""

    def replying(self, instead: Mapping[str, Canned] | None = None) -> Callable[[Request], Canned]:
        """Answers as healthy, with some told otherwise."""

        def reply(request: Request) -> Canned:
            if instead and request.line in instead:
                return instead[request.line]
            special = self.answer(request) if self.answer else None
            return special or self.healthy.get(request.line) or said("404 page not found\n", 404)

        return reply


def script(name: str) -> Script:
    found = import_module(f"tests.integrations.{name}.scripted").SCRIPT
    assert isinstance(found, Script)
    return found


NAMES = names()
