"""How the systems that live in a Kubernetes cluster are told which clusters there are: one set of variables for all."""

from typing import Self

from pydantic import model_validator
from pydantic_settings import SettingsConfigDict

from bot.integrations.settings import Names, SystemSettings, needs, variable


class ClusterSettings(SystemSettings):
    """Each variable has a name of its own, so that a system may add more under its own prefix."""

    model_config = SettingsConfigDict(env_prefix="KUBE_", populate_by_name=True)
    GROUPS = {"read": needs(("kubeconfig",), ("contexts",), ("context",), ("in_cluster",))}  # noqa: RUF012 - a ClassVar in the parent

    kubeconfig: str = variable(
        "Files that say how clusters are reached, joined by `:`; a `systems:` entry takes this one too",
        "",
        validation_alias="KUBECONFIG",
    )
    contexts: Names = variable(
        "Contexts in them, each a cluster to look at; empty means the current one", (), validation_alias="KUBE_CONTEXTS"
    )
    context: str = variable("One context, for an entry under `systems:`", "", validation_alias="KUBE_CONTEXT")
    in_cluster: bool = variable(
        "Look at the cluster that Daywatch runs in, as the service account of its pod",
        default=False,
        validation_alias="KUBE_IN_CLUSTER",
    )

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if self.in_cluster and self.chosen:
            raise ValueError("contexts are of a kubeconfig; for the cluster it runs in as well add an entry to systems")
        return self

    @property
    def chosen(self) -> tuple[str, ...]:
        """The contexts that are named, each once."""
        return tuple(dict.fromkeys(one for one in (*self.contexts, self.context.strip()) if one))
