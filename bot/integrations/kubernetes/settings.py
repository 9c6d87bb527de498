"""What Kubernetes needs beside its clusters: who is known to have strong rights in them."""

from pydantic_settings import SettingsConfigDict

from bot.integrations.cluster_settings import ClusterSettings
from bot.integrations.settings import Names, variable


class KubernetesSettings(ClusterSettings):
    model_config = SettingsConfigDict(env_prefix="KUBE_", populate_by_name=True)

    known_admins: Names = variable(
        "Who is known to have strong rights (`User:ana`, `Group:platform`, `ServiceAccount:build/ci`)", ()
    )
