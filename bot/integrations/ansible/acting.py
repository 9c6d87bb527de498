"""Jobs of AWX launched again and cancelled, where the settings say that people may."""

from bot.domain.capabilities import Pipelines
from bot.domain.errors import Refused
from bot.domain.person import Author
from bot.integrations.ansible.adapter import Ansible
from bot.integrations.ansible.client import RUNNING


class ActingAnsible(Ansible, Pipelines):
    """https://docs.ansible.com/automation-controller/latest/html/controllerapi/"""

    async def rerun(self, run: str, by: Author, *, once: str) -> str:  # noqa: ARG002 - a relaunch takes no mark
        """With the same inputs. One that was launched again already, and still runs, is that one."""
        job = await self._client.job(_number(run))
        if job.status in RUNNING:
            return str(job.id)
        again = await self._client.relaunched(job)
        return str(again.id if again is not None else await self._client.relaunch(job.id))

    async def cancel(self, run: str, by: Author) -> None:  # noqa: ARG002 - AWX takes no words
        job = await self._client.job(_number(run))
        if job.status in RUNNING:
            await self._client.cancel(job.id)

    async def approve(self, run: str, by: Author, words: str) -> None:  # noqa: ARG002 - the capability's signature
        raise Refused("A job waits for no approval; workflows are approved in AWX itself")


def _number(run: str) -> int:
    if not (run.isascii() and run.isdigit() and len(run) < 16):
        raise Refused("This is no job of AWX")
    return int(run)
