"""What we keep of a run of Conftest: how many tests there were, and which failed, by file and message."""

from pydantic import BaseModel

MOST: int = 300
"""Failures and warnings that are kept one by one; the rest is counted."""


class Finding(BaseModel):
    file: str
    namespace: str
    message: str

    @property
    def key(self) -> tuple[str, str, str]:
        return self.file, self.namespace, self.message

    @property
    def words(self) -> str:
        return f"{self.message or 'no message'} ({self.file})"


class Facts(BaseModel):
    """`failed` says why there is nothing else: the run itself failed."""

    failed: str = ""
    files: int = 0
    tests: int = 0
    exceptions: int = 0
    failures: list[Finding] = []
    more_failures: int = 0
    warnings: list[Finding] = []
    more_warnings: int = 0
    exit_code: int | None = None

    @property
    def failure_count(self) -> int:
        return len(self.failures) + self.more_failures

    @property
    def warning_count(self) -> int:
        return len(self.warnings) + self.more_warnings
