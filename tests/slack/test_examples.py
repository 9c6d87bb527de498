"""The design's own examples, rebuilt word for word with our vocabulary."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.slack.fit import SIZES, fit, fit_view
from bot.slack.habits import habits
from bot.slack.limits import problems, visible
from bot.slack.message import Message, View
from tests.slack import drawings

EXAMPLES = Path(__file__).parent / "examples"
ALL = [
    drawings.digest,
    drawings.incident_card,
    drawings.declare,
    drawings.update_composer,
    drawings.triage,
    drawings.deploy_review,
    drawings.deploy_message,
    drawings.app_home,
]
every = pytest.mark.parametrize("draw", ALL, ids=lambda draw: draw.__name__)


@every
def test_our_builders_draw_the_example_exactly(draw: Callable[[], Message | View]) -> None:
    assert draw().to_dict() == json.loads((EXAMPLES / f"{draw.__name__}.json").read_text())


@every
def test_the_example_breaks_no_rule_of_slack_or_of_ours(draw: Callable[[], Message | View]) -> None:
    shape = draw().to_dict()
    assert (problems(shape), habits(shape)) == ([], [])


@every
def test_the_example_fits_its_surface_uncut(draw: Callable[[], Message | View]) -> None:
    shown = draw()
    fitted = fit(shown) if isinstance(shown, Message) else fit_view(shown)
    size = SIZES[shown.surface]
    assert fitted == shown.to_dict()
    assert (len(fitted["blocks"]) <= size.blocks, visible(fitted["blocks"]) <= size.chars) == (True, True)
