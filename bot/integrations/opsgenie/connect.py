"""Which of the two systems the settings mean, and whether it may be acted on."""

from pydantic import SecretStr

from bot.integrations import Wiring
from bot.integrations.http import Api, basic, segment
from bot.integrations.opsgenie.genie import Genie
from bot.integrations.opsgenie.operations import Operations
from bot.integrations.opsgenie.pager import Opsgenie
from bot.integrations.opsgenie.reader import Reader
from bot.integrations.opsgenie.settings import OpsgenieSettings


def connect(settings: OpsgenieSettings, wiring: Wiring) -> object:
    """The adapter; None when it only takes notices in."""
    if not settings.on("read"):
        return None
    kind = Reader if settings.read_only else Opsgenie
    if settings.migrated:
        site = _site(settings, wiring) if settings.jsm_site_url else None
        operations = Operations(_operations(settings, wiring), site)
        return kind(operations, settings, wiring, operations.account)
    return kind(Genie(_genie(settings, wiring)), settings, wiring)


def _genie(settings: OpsgenieSettings, wiring: Wiring) -> Api:
    key = settings.api_key.get_secret_value().strip()
    return wiring.outside.api(
        title=wiring.titled("Opsgenie"),
        base_url=settings.api_address,
        headers={"authorization": SecretStr(f"GenieKey {key}")},
        address="OPSGENIE_API_URL or OPSGENIE_REGION",
        variables=("OPSGENIE_API_KEY",),
    )


def _operations(settings: OpsgenieSettings, wiring: Wiring) -> Api:
    return wiring.outside.api(
        title=wiring.titled("Jira Service Management"),
        base_url=f"{settings.jsm_api_url.strip().rstrip('/')}/jsm/ops/api/{segment(settings.jsm_cloud_id.strip())}",
        headers=basic(settings.jsm_email.strip(), settings.jsm_api_token),
        address="JSM_CLOUD_ID (or JSM_API_URL)",
        variables=("JSM_EMAIL", "JSM_API_TOKEN"),
    )


def _site(settings: OpsgenieSettings, wiring: Wiring) -> Api:
    return wiring.outside.api(
        title=wiring.titled("Jira"),
        base_url=settings.jsm_site_url,
        headers=basic(settings.jsm_email.strip(), settings.jsm_api_token),
        address="JSM_SITE_URL",
        variables=("JSM_EMAIL", "JSM_API_TOKEN"),
    )
