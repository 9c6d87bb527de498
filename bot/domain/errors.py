"""What can go wrong with a system outside, told by two questions: try again? who must act?

VendorError
├── Unavailable            try again later (the call may have been applied)
│   └── RateLimited        after so many seconds (the call was not applied)
└── Refused                trying will not help
    ├── NotAuthorised      a person must fix a credential or a right
    ├── Conflict           somebody else changed it in between: look again, then decide again
    └── NotFound           the thing is not there (any more)
        └── NotInstalled   a part of the system that some have and others do not: nothing to look at

StoreDown                  our own database does not answer: try again later
BadSignature               an inbound request that does not prove where it comes from
Unreadable                 an authenticated body that is not what its sender documents
"""


class VendorError(Exception):
    """A system outside did not do what was asked; the text is written for the person who reads it."""


class Unavailable(VendorError):
    """Time-out, connection trouble or 5xx: worth another try, and what was asked may have been applied."""


class RateLimited(Unavailable):
    """The vendor asks for a pause; what was asked was not applied. Not `named`: its length is our guess."""

    def __init__(self, message: str, *, retry_after: float, named: bool = True) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.named = named


class Refused(VendorError):
    """The vendor understood and said no; the same call will get the same answer."""


class NotAuthorised(Refused):
    """The credential is wrong, expired or lacks a right; a person must act."""


class NotFound(Refused):
    """The thing asked for is not there (some vendors also say this for a missing right)."""


class Conflict(Refused):
    """It was changed since we looked; what was asked was not done."""


class NotInstalled(NotFound):
    """The system answered, and says that it has no such part at all. A check that never answered has no line then."""


class StoreDown(Exception):
    """The database does not answer; what was asked was not done and may be asked again."""


class BadSignature(Exception):
    """An inbound request without a valid proof of its sender. `str(error)` names the integration, never a secret."""


class Unreadable(Exception):
    """An authenticated body that cannot be parsed; it is kept and shown in `daywatch doctor`."""


class TooEarly(Exception):
    """News about something that nobody has told us of yet; it is kept, and heard again as soon as somebody does."""
