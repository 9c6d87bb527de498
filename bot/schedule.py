"""Table 3: what happens when the clock strikes. Rows are asked again and again what is due; keys keep it once."""

from typing import Final

from bot.features.incidents import schedule as incidents
from bot.features.incidents.response import Response
from bot.rows import Due

SCHEDULE: Final = (
    Due("update nudges", Response, incidents.nudges),
    Due("archive channels", Response, incidents.archive, every=300.0),
)
