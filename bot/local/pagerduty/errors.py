"""PagerDuty's way of saying no: a status, a code and a list of reasons."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


class ApiError(Exception):
    """An answer other than success, as PagerDuty words it."""

    def __init__(self, status: int, code: int, message: str, *reasons: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.reasons = reasons

    def response(self) -> JSONResponse:
        error = {"message": self.message, "code": self.code, "errors": list(self.reasons)}
        return JSONResponse({"error": error}, self.status)


def invalid(*reasons: str) -> ApiError:
    return ApiError(400, 2001, "Invalid Input Provided", *reasons)


def not_found() -> ApiError:
    return ApiError(404, 2100, "Not Found")


def already_resolved() -> ApiError:
    return ApiError(400, 1001, "Incident Already Resolved")


def already_acknowledged() -> ApiError:
    return ApiError(400, 1002, "Incident Already Acknowledged")


def requester_unknown() -> ApiError:
    return ApiError(400, 1008, "Requester User Not Found")


def from_missing() -> ApiError:
    return ApiError(400, 2016, 'You must specify a user\'s email address in the "From" header to perform this action')


def not_authenticated() -> ApiError:
    return ApiError(401, 2006, "Authentication failed")


def access_denied() -> ApiError:
    return ApiError(403, 2010, "Access Denied")


def ability_missing(ability: str) -> ApiError:
    return ApiError(
        402,
        2014,
        "Account does not have the abilities to perform the action.",
        f"The '{ability}' account ability is required.",
    )


async def answer_error(_request: Request, error: Exception) -> Response:
    if not isinstance(error, ApiError):
        raise error
    return error.response()
