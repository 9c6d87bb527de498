"""What a broken connection means, said so that a person knows where to look."""

import socket
import ssl
from collections.abc import Iterator, Sequence

import httpx

from bot.domain.errors import NotAuthorised, Refused, Unavailable, VendorError
from bot.integrations.response import Wording


def trouble(wording: Wording, error: httpx.TransportError | ssl.SSLError) -> VendorError:
    causes = list(_causes(error))
    found = _of_tls(wording, causes)
    if found is not None:
        return found
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return _unreached(wording, error, causes)
    if wording.certificate:
        return Unavailable(
            f"{wording.title} broke off the connection; it may not accept our certificate.{_ours(wording)}"
        )
    return Unavailable(f"{wording.title} broke off the connection before its answer was complete")


def _of_tls(wording: Wording, causes: Sequence[BaseException]) -> VendorError | None:
    title = wording.title
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return Refused(f"{title} shows a certificate that is not trusted. Name its authority in the settings.")
    errors = [cause for cause in causes if isinstance(cause, ssl.SSLError)]
    if any(_refuses_ours(one) for one in errors):
        return NotAuthorised(f"{title} refused our certificate, or wants one.{_ours(wording)}")
    if errors:
        return Refused(f"{title} does not speak TLS as we do (http instead of https?).{wording.check_address}")
    return None


def _unreached(wording: Wording, error: httpx.TransportError, causes: Sequence[BaseException]) -> VendorError:
    title, check = wording.title, wording.check_address
    if any(isinstance(cause, PermissionError) for cause in causes):
        return Refused(f"{title} cannot be reached: we may not open its socket.{check}")
    if any(isinstance(cause, FileNotFoundError) for cause in causes):
        return Unavailable(f"{title} cannot be reached: its socket is not there.{check}")
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return Unavailable(f"{title} cannot be reached: its host name is not known.{check}")
    if isinstance(error, httpx.ConnectTimeout):
        return Unavailable(f"{title} cannot be reached: nobody answers at its address.{check}")
    return Unavailable(f"{title} cannot be reached: the connection was refused.{check}")


def _ours(wording: Wording) -> str:
    return f" Check {' and '.join(wording.variables)}." if wording.variables else ""


def _refuses_ours(error: ssl.SSLError) -> bool:
    """An alert of the other side about the certificate that we showed, or did not show."""
    reason = error.reason or ""
    return "ALERT" in reason and ("CERTIFICATE" in reason or "UNKNOWN_CA" in reason or "ACCESS_DENIED" in reason)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what it came from, as deep as a library nests them."""
    current: BaseException | None = error
    for _ in range(12):
        if current is None:
            return
        yield current
        current = current.__cause__ or current.__context__
