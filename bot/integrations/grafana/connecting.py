"""Which adapter Grafana gets: one that only reads, or one that marks its graphs as well."""

from bot.integrations import Wiring
from bot.integrations.grafana.adapter import Grafana
from bot.integrations.grafana.marking import MarkingGrafana
from bot.integrations.grafana.settings import GrafanaSettings


def connect(settings: GrafanaSettings, wiring: Wiring) -> Grafana:
    kind = MarkingGrafana if settings.on("write") else Grafana
    return kind.connect(settings, wiring)
