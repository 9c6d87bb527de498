"""What OPA's REST API answers and what Conftest prints, as far as we read it."""

from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field

T = TypeVar("T")
# Go leaves out what is empty, or writes it as null.
Listed = Annotated[list[T], BeforeValidator(lambda given: [] if given is None else given)]
Mapped = Annotated[dict[str, T], BeforeValidator(lambda given: {} if given is None else given)]
Text = Annotated[str, BeforeValidator(lambda given: "" if given is None else given)]
Moment = Annotated[AwareDatetime | None, BeforeValidator(lambda given: given or None)]


class Trouble(BaseModel):
    """An error of the API, or of `/health`."""

    code: Text = ""
    message: Text = ""
    error: Text = ""

    @property
    def words(self) -> str:
        return self.error or self.message or self.code


class Bundle(BaseModel):
    """https://www.openpolicyagent.org/docs/latest/management-status/"""

    revision: Text = Field(default="", alias="active_revision")
    activated: Moment = Field(default=None, alias="last_successful_activation")
    downloaded: Moment = Field(default=None, alias="last_successful_download")
    asked: Moment = Field(default=None, alias="last_successful_request")
    code: Text = ""
    message: Text = ""
    errors: Listed[Any] = []

    @property
    def activated_at(self) -> datetime | None:
        return _real(self.activated)

    @property
    def asked_at(self) -> datetime | None:
        """When its server last answered, also that there is nothing new. Older OPAs tell of downloads alone."""
        return _real(self.asked) or _real(self.downloaded)


def _real(moment: datetime | None) -> datetime | None:
    """Go's zero time is no time."""
    return None if moment is None or moment.year <= 1 else moment


class Plugin(BaseModel):
    state: Text = ""
    message: Text = ""


class Status(BaseModel):
    bundles: Mapped[Bundle] = {}
    plugins: Mapped[Plugin | None] = {}


class StatusAnswer(BaseModel):
    result: Status


class Config(BaseModel):
    bundles: Mapped[Any] = {}
    discovery: Any = None


class ConfigAnswer(BaseModel):
    result: Config


class Policy(BaseModel):
    id: str


class PoliciesAnswer(BaseModel):
    result: list[Policy]


class Message(BaseModel):
    msg: Text = ""


class Tested(BaseModel):
    """One file under one namespace, as Conftest prints it."""

    filename: str
    namespace: Text = ""
    successes: int
    warnings: Listed[Message] = []
    failures: Listed[Message] = []
    exceptions: Listed[Message] = []
