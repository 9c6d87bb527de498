"""Makes the adapter, with hands only where the settings say that people may act."""

from bot.integrations import Wiring
from bot.integrations.http import basic
from bot.integrations.jenkins.acting import ActingJenkins
from bot.integrations.jenkins.adapter import Jenkins
from bot.integrations.jenkins.client import JenkinsClient
from bot.integrations.jenkins.hands import JenkinsHands
from bot.integrations.jenkins.settings import JenkinsSettings


def connect(settings: JenkinsSettings, wiring: Wiring) -> Jenkins | None:
    """None when it only takes notices in."""
    if not settings.on("read"):
        return None
    api = wiring.outside.api(
        title=wiring.titled("Jenkins"),
        base_url=settings.url,
        headers=basic(settings.user.strip(), settings.api_token),
        verify=(settings.ca_file or True) if settings.verify_tls else False,
        allow_plain_http=settings.allow_plain_http,
        address="JENKINS_URL",
        variables=("JENKINS_USER", "JENKINS_API_TOKEN"),
        right="read (Overall/Read, Job/Read)",
    )
    if settings.on("write"):
        return ActingJenkins(JenkinsClient(api), JenkinsHands(api), settings, wiring)
    return Jenkins(JenkinsClient(api), settings, wiring)
