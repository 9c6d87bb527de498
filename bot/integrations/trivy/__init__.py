"""Trivy: what its scans in CI found, judged in the morning."""

from bot.integrations import Category, Integration, later
from bot.integrations.trivy.settings import TrivySettings

INTEGRATION = Integration(
    name="trivy",
    title="Trivy",
    category=Category.SECURITY,
    settings=TrivySettings,
    connect=later(__name__, "adapter:Trivy.connect"),
    reports=later(__name__, "reports:TrivyReports.reading"),
)
