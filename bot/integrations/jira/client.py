"""The `jira` library at work in threads of its own, so that a slow Jira never holds up anything else."""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from typing import Final, TypeVar

from jira import JIRA, JIRAError
from requests.exceptions import ConnectionError as NotConnected
from requests.exceptions import RequestException, SSLError, Timeout
from urllib3.exceptions import HTTPError, ReadTimeoutError

from bot.domain.errors import NotAuthorised, NotFound, RateLimited, Refused, Unavailable, VendorError
from bot.integrations.again import pause_before_another
from bot.integrations.http import Outside
from bot.integrations.jira.guard import Guard
from bot.integrations.jira.login import Login
from bot.integrations.threads import Threads, TimedOut

T = TypeVar("T")
_CONNECT: Final = 5.0


class Client:
    """Runs a piece of work with the library, and gives its result or an error a person can read."""

    def __init__(self, login: Login, outside: Outside) -> None:
        self.login = login
        self._outside = outside
        self._seconds = outside.patience
        self._title = login.wording.title
        self._threads = Threads(
            self._open, title=self._title, patience=outside.patience, told=partial(_trouble, self._title)
        )

    async def ask(self, work: Callable[[JIRA], T], *, writes: bool = False) -> T:
        """An answer to something that `writes` says nothing when it cannot be read: it may have been done.

        What only reads is tried once more after trouble, or after a short pause that Jira asks for.
        """
        if self.login.wrong:
            raise Refused(self.login.wrong)
        try:
            return await self._asked(work, writes=writes)
        except TimedOut:
            raise
        except Unavailable as error:
            pause = None if writes else pause_before_another(error)
            if pause is None:
                raise
            await asyncio.sleep(pause)
        return await self._asked(work, writes=writes)

    async def _asked(self, work: Callable[[JIRA], T], *, writes: bool) -> T:
        began, outcome = time.perf_counter(), "given_up"
        try:
            result = await self._threads.call(partial(self._run, work, writes=writes))
            outcome = "ok"
        except VendorError as error:
            outcome = next(name for kind, name in _OUTCOMES if isinstance(error, kind))
            raise
        else:
            return result
        finally:
            self._outside.count(self._title, outcome, time.perf_counter() - began)

    async def aclose(self) -> None:
        await self._threads.aclose()

    def _run(self, work: Callable[[JIRA], T], jira: JIRA, *, writes: bool) -> T:
        try:
            return work(jira)
        except (OSError, HTTPError):
            raise  # some are ValueErrors too
        except (JIRAError, LookupError, ValueError, TypeError, AttributeError, NotImplementedError):
            # The library and pydantic each have their own ways of tripping over an answer that is not as documented.
            # From none of them, since they quote it.
            raise (Unavailable if writes else Refused)(f"{self._title} answered in a form we do not know") from None

    def _open(self) -> JIRA:
        login = self.login
        jira = JIRA(
            server=login.url,
            options={"verify": login.ca_file or True},
            basic_auth=login.pair,
            token_auth=login.token,
            get_server_info=False,  # it would call Jira from the constructor
            max_retries=0,  # it would sleep between its tries; the engine repeats
            timeout=(_CONNECT, self._seconds),
            logging=False,  # it would log whole bodies
        )
        jira.deploymentType = "Cloud" if login.cloud else "Server"
        jira._fields_cache_value = {"summary": "summary"}  # noqa: SLF001 - else each thread asks for all fields first
        session = jira._session  # noqa: SLF001 - the library has no other way to bound its answers
        guard = Guard(
            login.wording,
            cloud=login.cloud,
            seconds=self._seconds,
            now=self._outside.now,
            heard=partial(self._outside.heard, self._title),
        )
        session.mount("https://", guard)
        session.mount("http://", guard)
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # a session would outlive the credential
        session.trust_env = not login.loopback  # no proxy stands between us and ourselves
        return jira


def _trouble(  # noqa: PLR0911 - one line for each kind of trouble
    title: str, error: Exception
) -> VendorError | None:
    match error:
        case SSLError():
            return Refused(f"{title} shows a certificate that is not trusted. Name its authority in JIRA_CA_FILE.")
        case Timeout() | TimeoutError() | ReadTimeoutError():
            return TimedOut(f"{title} gave no answer in time")
        case NotConnected():
            return Unavailable(f"{title} cannot be reached, or it broke off the connection. Check JIRA_URL.")
        case RequestException():
            return Refused(f"{title} cannot be asked like this. Check JIRA_URL.")
        case HTTPError() | ConnectionError():
            return Unavailable(f"{title} broke off its answer")
        case OSError():
            return Refused("The certificate authority in JIRA_CA_FILE cannot be read.")
        case _:
            return None


_OUTCOMES: Final = (
    (RateLimited, "rate_limited"),
    (Unavailable, "unavailable"),
    (NotAuthorised, "not_authorised"),
    (NotFound, "not_found"),
    (VendorError, "refused"),
)
