"""Structured logs: JSON lines with service, trace and names, never with a value that is protected."""

import logging
import sys
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

import structlog

from carebus.observing.redaction import redact


def log_as_part_of(traceparent: str | None) -> None:
    """What this task logs from now on names the trace and span that it is part of."""
    if traceparent:
        _, trace_id, span_id, _ = traceparent.split("-")
        structlog.contextvars.bind_contextvars(trace_id=trace_id, span_id=span_id)


def trace_ids(traceparents: Iterable[str | None]) -> dict[str, list[str]]:
    """For a log line about many: which traces they are parts of, if any."""
    found = {traceparent.split("-")[1] for traceparent in traceparents if traceparent}
    return {"trace_ids": sorted(found)} if found else {}


def configure_logs(service: str, level: str = "INFO") -> None:
    """JSON lines on stdout, one format for our own and for libraries' logs, with protected fields redacted."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _named(service),
        _frames_only,
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, _first_line],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("aiokafka", "faststream", "httpx", "uvicorn.access"):
        library = logging.getLogger(name)
        library.handlers.clear()  # FastStream brings its own, which writes coloured lines
        library.propagate = True
        library.setLevel(logging.WARNING)


def _named(service: str) -> Any:
    def add(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        entry["service"] = service
        return entry

    return add


def _first_line(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A library's further lines are text forms of what it worked on, such as asyncio's of a task and its exception."""
    entry["event"] = str(entry.get("event", "")).partition("\n")[0]
    return entry


def _frames_only(_: Any, __: str, entry: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """An exception as its type and where it came from: its text may quote a patient's data."""
    info = entry.pop("exc_info", None)
    exc = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(exc, BaseException):
        entry["error"] = type(exc).__name__
        entry["frames"] = _frames(exc)
    return entry


def _frames(exc: BaseException) -> list[str]:
    frames, tb = [], exc.__traceback__
    while tb is not None:
        code = tb.tb_frame.f_code
        frames.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{tb.tb_lineno} {code.co_name}")
        tb = tb.tb_next
    return frames[-12:]
