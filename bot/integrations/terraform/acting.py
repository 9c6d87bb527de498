"""Runs of HCP Terraform started again, stopped and approved, where the settings say that people may."""

from typing import Final

from bot.domain.capabilities import Pipelines
from bot.domain.errors import Refused
from bot.domain.person import Author
from bot.integrations.terraform.adapter import Terraform
from bot.integrations.terraform.shapes import Run
from bot.integrations.terraform.states import Stage, stage_of

_OVER: Final = (Stage.DONE, Stage.FAILED, Stage.CANCELLED)
_APPLIED: Final = frozenset(
    {"confirmed", "queuing_apply", "apply_queued", "pre_apply_running", "pre_apply_completed", "applying", "applied"}
    | {"post_apply_running", "post_apply_completed"}
)


class ActingTerraform(Terraform, Pipelines):
    """https://developer.hashicorp.com/terraform/cloud-docs/api-docs/run"""

    async def rerun(self, run: str, by: Author, *, once: str) -> str:
        """A new run of the same workspace, from its present configuration. It bears `once`, by which it is found."""
        old = await self._client.run(run)
        workspace = old.workspace
        if workspace is None:
            raise Refused("Terraform does not tell to which workspace this run belongs")
        if old.facts.plan_only or old.facts.is_destroy:
            what = "destroys what there is" if old.facts.is_destroy else "was a plan only"
            raise Refused(f"This run {what}; start it again in Terraform itself")
        mark = f"[daywatch {once}]"
        for one in await self._client.runs_of(workspace):
            if mark in one.facts.message:
                return one.id
        message = f"Run again for {by.name} {mark}"
        return (await self._client.start(workspace, message, refresh_only=old.facts.refresh_only)).id

    async def cancel(self, run: str, by: Author) -> None:
        """What runs is cancelled, what waits is discarded."""
        found = await self._client.run(run)
        if stage_of(found.facts.status) in _OVER:
            return
        may = found.facts.actions
        action = "cancel" if may and may.cancelable else "discard" if may and may.discardable else None
        if action is None:
            raise Refused(f"Terraform lets nobody stop this run now ({_named(found)})")
        await self._client.tell(run, action, f"{by.name}, by Daywatch")

    async def approve(self, run: str, by: Author, words: str) -> None:
        found = await self._client.run(run)
        if found.facts.status in _APPLIED:
            return
        if found.facts.actions is None or not found.facts.actions.confirmable:
            raise Refused(f"This run waits for no approval, or not for ours ({_named(found)})")
        await self._client.tell(
            run, "apply", f"{words} ({by.name}, by Daywatch)" if words else f"{by.name}, by Daywatch"
        )


def _named(run: Run) -> str:
    return run.facts.status.replace("_", " ") if stage_of(run.facts.status) is not Stage.UNKNOWN else "unknown state"
