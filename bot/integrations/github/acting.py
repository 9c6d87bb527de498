"""Runs workflows again, stops them, and lets those go on that wait for a review."""

import re
from typing import Final

from bot.domain.errors import Refused
from bot.domain.person import Author
from bot.integrations.github.client import GitHubClient

_COMPLETED: Final = "completed"
_LONGEST: Final = 1_000


class Acting:
    """Each looks at the run first, so that a repeat does nothing twice."""

    def __init__(self, client: GitHubClient, *, as_app: bool) -> None:
        self._client, self._as_app = client, as_app

    async def rerun(self, run: str) -> str:
        """It keeps its id, with one attempt more. One that is under way was begun again already."""
        repo, number = _place(run)
        if (await self._client.run(repo, number)).status == _COMPLETED:
            await self._client.rerun(repo, number)
        return run

    async def cancel(self, run: str) -> None:
        repo, number = _place(run)
        if (await self._client.run(repo, number)).status != _COMPLETED:
            await self._client.cancel(repo, number)

    async def approve(self, run: str, by: Author, words: str) -> None:
        repo, number = _place(run)
        comment = f"{words.strip()} (by {by.name}, from Daywatch)".strip()[:_LONGEST]
        waiting = await self._client.waiting_for(repo, number)
        if not waiting:
            if any(
                one.state == "approved" and one.comment == comment for one in await self._client.reviews(repo, number)
            ):
                return
            raise Refused(f"{self._client.title}: this run waits for nobody")
        ours = [
            one.environment.id for one in waiting if one.current_user_can_approve and one.environment.id is not None
        ]
        if not ours:
            why = (
                "a GitHub App cannot approve; a reviewer's own token can"
                if self._as_app
                else "we are not among its reviewers"
            )
            raise Refused(f"{self._client.title}: this run waits for a review, and {why}")
        await self._client.approve(repo, number, ours, comment)


def _place(run: str) -> tuple[str, int]:
    found = re.fullmatch(r"run:([^/:\s]+/[^/:\s]+):(\d{1,20})", run)
    if found is None:
        raise Refused("GitHub: only runs of workflows can be run again, cancelled or approved")
    return found[1], int(found[2])
