"""Terraform and OpenTofu: drift and runs of HCP Terraform or Enterprise, plans that CI posts, and what was applied."""

from bot.integrations import Category, Integration, later
from bot.integrations.terraform.settings import TerraformSettings

INTEGRATION = Integration(
    name="terraform",
    title="Terraform",
    category=Category.INFRASTRUCTURE,
    settings=TerraformSettings,
    connect=later(__name__, "connect:connect"),
    webhook=later(__name__, "webhook:TerraformWebhook.reading"),
    reports=later(__name__, "reports:PlanReader.reading"),
)
