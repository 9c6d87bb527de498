"""People asking about runbooks, and what they are shown, as text."""

import json
from typing import Any

from bot.acts import Acts, Ask, Next, Open, Reply
from bot.slack.fit import fit, fit_view
from bot.slack.limits import problems
from bot.slack.message import Message, View
from tests.fakes.names import ANN
from tests.features.runbooks.conftest import NOW


def asked(**values: Any) -> Ask:
    usual: dict[str, Any] = {"person": ANN, "at": NOW, "once": "slack:1", "channel": "C0OPS0001"}
    return Ask(**usual | values)


def the(acts: Acts, kind: type[Any]) -> Any:
    """The only act of its kind."""
    (found,) = [act for act in acts if isinstance(act, kind)]
    return found


def read(thing: Acts | Message | View) -> str:
    """What is sent, as JSON; what Slack would refuse in it fails the test."""
    if isinstance(thing, Message):
        shape = fit(thing)
    elif isinstance(thing, View):
        shape = fit_view(thing)
    else:
        (shown,) = [act for act in thing if isinstance(act, Reply | Open | Next)]
        return read(shown.message if isinstance(shown, Reply) else shown.view)
    assert problems(shape) == []
    return json.dumps(shape, ensure_ascii=False)
