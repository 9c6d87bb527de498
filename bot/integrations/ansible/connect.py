"""Connects Ansible with what is switched on of it: asking, acting, and the runs that CI posts."""

from bot.integrations import Wiring
from bot.integrations.ansible.acting import ActingAnsible
from bot.integrations.ansible.adapter import Ansible, Runs
from bot.integrations.ansible.client import AnsibleClient
from bot.integrations.ansible.settings import AnsibleSettings
from bot.integrations.http import bearer


def connect(settings: AnsibleSettings, wiring: Wiring) -> Ansible | Runs | None:
    if not settings.on("read"):
        return Runs(wiring.reports, settings, wiring) if wiring.reports is not None else None
    api = wiring.outside.api(
        title=wiring.titled("AWX"),
        base_url=settings.api_address,
        headers=bearer(settings.token),
        verify=(settings.ca_file or True) if settings.verify_tls else False,
        allow_plain_http=settings.allow_plain_http,
        address="AWX_URL and AWX_API_PREFIX",
        variables=("AWX_TOKEN",),
        right="read job templates and jobs",
    )
    kind = ActingAnsible if settings.on("write") else Ansible
    return kind(AnsibleClient(api), settings, wiring)
