"""What Trivy needs: a token with which CI posts its scans, clusters in which its operator runs; what is accepted."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from pydantic import AfterValidator
from pydantic_settings import SettingsConfigDict

from bot.integrations.cluster_settings import ClusterSettings
from bot.integrations.settings import Names, PostedSettings, variable


def _with_end(entries: tuple[str, ...]) -> tuple[str, ...]:
    for entry in entries:
        name, _, day = entry.partition("@")
        try:
            date.fromisoformat(day)
        except ValueError:
            name = ""
        if not name:
            raise ValueError("write each as CVE-2026-0001@2026-12-31: what is accepted, and until when")
    return entries


class TrivySettings(PostedSettings, ClusterSettings):
    model_config = SettingsConfigDict(env_prefix="TRIVY_", populate_by_name=True)
    GROUPS = {**ClusterSettings.GROUPS, "reports": PostedSettings.REPORTS}  # noqa: RUF012 - a ClassVar in the parent

    accepted: Annotated[Names, AfterValidator(_with_end)] = variable(
        "Findings that are accepted until a day (CVE-2026-0001@2026-12-31)", ()
    )

    def accepted_on(self, today: date) -> Mapping[str, date]:
        """What is accepted today, in capitals, and until when."""
        found = {
            name.upper(): date.fromisoformat(day) for name, _, day in (one.partition("@") for one in self.accepted)
        }
        return {name: day for name, day in found.items() if today <= day}
