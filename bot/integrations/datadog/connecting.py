"""Which adapter Datadog gets: one that only reads, or one that marks its graphs as well."""

from bot.integrations import Wiring
from bot.integrations.datadog.adapter import Datadog
from bot.integrations.datadog.marking import MarkingDatadog
from bot.integrations.datadog.settings import DatadogSettings


def connect(settings: DatadogSettings, wiring: Wiring) -> Datadog | None:
    kind = MarkingDatadog if settings.on("write") else Datadog
    return kind.connect(settings, wiring)
