"""What a broken connection means, said so that a person knows where to look."""

import socket
import ssl
from collections.abc import Iterator

import httpx

from bot.domain.errors import Refused, Unavailable, VendorError
from bot.integrations.response import Wording


def trouble(wording: Wording, error: httpx.TransportError) -> VendorError:
    title, check = wording.title, wording.check_address
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return Refused(f"{title} shows a certificate that is not trusted. Name its authority in the settings.")
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return Refused(f"{title} does not speak TLS as we do (http instead of https?).{check}")
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return Unavailable(f"{title} cannot be reached: its host name is not known.{check}")
    if isinstance(error, httpx.ConnectTimeout):
        return Unavailable(f"{title} cannot be reached: nobody answers at its address.{check}")
    if isinstance(error, httpx.ConnectError):
        return Unavailable(f"{title} cannot be reached: the connection was refused.{check}")
    return Unavailable(f"{title} broke off the connection before its answer was complete")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what it came from, as deep as a library nests them."""
    current: BaseException | None = error
    for _ in range(12):
        if current is None:
            return
        yield current
        current = current.__cause__ or current.__context__
