"""The `jira` library at work in threads of its own, so that a slow Jira never holds up anything else."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from threading import local
from typing import Final, TypeVar

from jira import JIRA, JIRAError
from requests.exceptions import ConnectionError as NotConnected
from requests.exceptions import RequestException, SSLError, Timeout
from urllib3.exceptions import HTTPError, ReadTimeoutError

from bot.domain.errors import NotAuthorised, NotFound, RateLimited, Refused, Unavailable, VendorError
from bot.integrations.http import Outside
from bot.integrations.jira.guard import Guard
from bot.integrations.jira.login import Login

T = TypeVar("T")
THREADS: Final = 4
_CONNECT: Final = 5.0


class Client:
    """Runs a piece of work with the library, and gives its result or an error a person can read."""

    def __init__(self, login: Login, outside: Outside) -> None:
        self.login = login
        self._outside = outside
        self._seconds = outside.patience
        self._title = login.wording.title
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="jira")
        self._places = asyncio.Semaphore(THREADS)
        self._own = local()
        self._opened: list[JIRA] = []

    async def ask(self, work: Callable[[JIRA], T], *, writes: bool = False) -> T:
        """`work` is called in a thread. It runs on when nobody waits any more, and keeps its place until then.

        An answer to something that `writes` says nothing when it cannot be read: it may have been done.
        """
        if self.login.wrong:
            raise Refused(self.login.wrong)
        began, outcome = time.perf_counter(), "given_up"
        try:
            async with asyncio.timeout(self._seconds):
                result = await self._placed(partial(self._run, work, writes=writes))
            outcome = "ok"
        except TimeoutError as error:
            outcome = "unavailable"
            raise Unavailable(f"{self._title} gave no answer in {self._seconds:.0f} s") from error
        except VendorError as error:
            outcome = next(name for kind, name in _OUTCOMES if isinstance(error, kind))
            raise
        else:
            return result
        finally:
            self._outside.count(self._title, outcome, time.perf_counter() - began)

    async def aclose(self) -> None:
        """Give back threads and connections, waiting for calls that are still out."""
        await asyncio.get_running_loop().run_in_executor(None, self._threads.shutdown)
        while self._opened:
            self._opened.pop().close()  # type: ignore[no-untyped-call]  # the library types it half

    async def _placed(self, work: Callable[[], T]) -> T:
        await self._places.acquire()
        try:
            started = self._threads.submit(work)
        except RuntimeError as error:
            self._places.release()
            raise Unavailable(f"Daywatch is stopping; {self._title} was not asked") from error
        running = asyncio.ensure_future(asyncio.wrap_future(started))
        running.add_done_callback(self._over)
        return await asyncio.shield(running)

    def _over(self, running: "asyncio.Future[T]") -> None:
        self._places.release()
        if not running.cancelled():
            running.exception()  # read, so that asyncio keeps quiet about a failure nobody waited for

    def _run(self, work: Callable[[JIRA], T], *, writes: bool) -> T:
        try:
            return work(self._jira())
        except (OSError, HTTPError) as error:  # all of requests' errors are OSErrors
            raise _trouble(self._title, error) from error
        except (JIRAError, LookupError, ValueError, TypeError, AttributeError, NotImplementedError):
            # The library and pydantic each have their own ways of tripping over an answer that is not as documented.
            # From none of them, since they quote it.
            raise (Unavailable if writes else Refused)(f"{self._title} answered in a form we do not know") from None

    def _jira(self) -> JIRA:
        """This thread's library client, made at its first use. A requests session must not be shared by threads."""
        known: JIRA | None = getattr(self._own, "jira", None)
        if known is None:
            known = self._own.jira = self._open()
            self._opened.append(known)
        return known

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
        guard = Guard(login.wording, cloud=login.cloud, seconds=self._seconds, now=self._outside.now)
        session.mount("https://", guard)
        session.mount("http://", guard)
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # a session would outlive the credential
        session.trust_env = not login.loopback  # no proxy stands between us and ourselves
        return jira


def _trouble(title: str, error: OSError | HTTPError) -> VendorError:
    match error:
        case SSLError():
            return Refused(f"{title} shows a certificate that is not trusted. Name its authority in JIRA_CA_FILE.")
        case Timeout() | TimeoutError() | ReadTimeoutError():
            return Unavailable(f"{title} gave no answer in time")
        case NotConnected():
            return Unavailable(f"{title} cannot be reached, or it broke off the connection. Check JIRA_URL.")
        case RequestException():
            return Refused(f"{title} cannot be asked like this. Check JIRA_URL.")
        case HTTPError() | ConnectionError():
            return Unavailable(f"{title} broke off its answer")
        case _:
            return Refused("The certificate authority in JIRA_CA_FILE cannot be read.")


_OUTCOMES: Final = (
    (RateLimited, "rate_limited"),
    (Unavailable, "unavailable"),
    (NotAuthorised, "not_authorised"),
    (NotFound, "not_found"),
    (VendorError, "refused"),
)
