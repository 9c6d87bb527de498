"""Ansible: drift and jobs of AWX or Automation Platform, check-mode runs that CI posts, and what was run."""

from bot.integrations import Category, Integration, later
from bot.integrations.ansible.settings import AnsibleSettings

INTEGRATION = Integration(
    name="ansible",
    title="Ansible",
    category=Category.INFRASTRUCTURE,
    settings=AnsibleSettings,
    connect=later(__name__, "connect:connect"),
    webhook=later(__name__, "webhook:AnsibleWebhook.reading"),
    reports=later(__name__, "reports:RunReader.reading"),
)
