"""Jira's way of saying no: messages for the whole request, and errors by field."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


class JiraRefusal(Exception):  # an answer Jira gives, not a fault of this program
    """An answer other than success, as Jira words it."""

    def __init__(self, status: int, *messages: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(*messages)
        self.status = status
        self.messages = messages
        self.fields = dict(fields or {})

    def response(self) -> JSONResponse:
        return JSONResponse({"errorMessages": list(self.messages), "errors": self.fields}, self.status)


def bad_field(name: str, reason: str) -> JiraRefusal:
    return JiraRefusal(400, fields={name: reason})


def issue_not_found() -> JiraRefusal:
    return JiraRefusal(404, "Issue does not exist or you do not have permission to see it.")


def bad_payload() -> JiraRefusal:
    return JiraRefusal(400, "Invalid request payload. Refer to the REST API documentation and try again.")


async def answer_refusal(_request: Request, error: Exception) -> Response:
    if not isinstance(error, JiraRefusal):
        raise error
    return error.response()
