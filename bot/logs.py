"""Logging: one line an outcome, for people on a console or for machines as JSON, always to standard error."""

import logging
import sys
from typing import Literal

import structlog
from structlog.typing import Processor

_LOUD = ("slack_sdk", "httpx", "httpcore", "httpx2", "uvicorn", "aiohttp", "dbos", "alembic", "asyncio")


def set_up(level: Literal["debug", "info", "warning", "error"], form: Literal["console", "json"]) -> None:
    """Everything, the libraries' own lines included, in one form. Libraries speak from `warning` on."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info if form == "json" else structlog.processors.StackInfoRenderer(),
    ]
    renderer = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processor=renderer))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    logging.getLogger("slack_bolt").setLevel(logging.ERROR)  # its warnings at start are about how we chose to use it
    for name in _LOUD:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
