"""A team's own expression with limits, as it is written in the settings."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Query(BaseModel):
    """An expression whose value must stay under its limits, or above them with `below`.

    No value where one was expected is no good news; `empty: ok` is for expressions that find only what is wrong.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,40}$")
    expr: str = Field(min_length=1, max_length=10_000)
    warn: float | None = Field(default=None, allow_inf_nan=False)
    fail: float | None = Field(default=None, allow_inf_nan=False)
    below: bool = False
    empty: Literal["unknown", "ok"] = "unknown"

    @model_validator(mode="after")
    def _has_a_limit(self) -> Self:
        if self.warn is None and self.fail is None:
            raise ValueError(f"query {self.name}: give it a limit, warn or fail")
        return self
