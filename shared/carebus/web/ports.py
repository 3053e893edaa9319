"""The two ports of a process: one for pages and APIs, one for operators, which opens before it and closes after it."""

import socket
from contextlib import ExitStack
from typing import Any

from starlette.types import ASGIApp

from carebus.errors import CarebusError
from carebus.settings import Settings
from carebus.web.server import Beside, Server, configured

FAREWELL_S = 1
"""Seconds that operators' requests are given to end: all else has ended by then."""
QUIETLY: dict[str, Any] = {"log_config": None, "access_log": False, "loop": "uvloop"}


class PortTaken(CarebusError):
    """{setting} can't be {port}: {why}. Stop what listens there, or choose another port."""

    status = 500


def server_of(app: ASGIApp | None, operators: ASGIApp, settings: Settings) -> Server:
    """What serves both; without an application of its own the process serves operators alone, with their lifespan.

    Raises EverybodyTrusted, and PortTaken before anything is opened.
    """
    of_operators: dict[str, Any] = {"host": settings.operators_host, "port": settings.operators_port, "trusted": ""}
    if app is None:
        _require_free(("CAREBUS_OPERATORS_PORT", settings.operators_host, settings.operators_port))
        return Server(configured(operators, **of_operators, **QUIETLY))
    _require_free(
        ("CAREBUS_PORT", settings.host, settings.port),
        ("CAREBUS_OPERATORS_PORT", settings.operators_host, settings.operators_port),
    )
    own = configured(
        app,
        host=settings.host,
        port=settings.port,
        trusted=settings.trusted_proxies,
        connections=settings.connections_per_address,
        **QUIETLY,
    )
    return Server(own, Beside(configured(operators, lifespan="off", grace_s=FAREWELL_S, **of_operators, **QUIETLY)))


def _require_free(*wanted: tuple[str, str, int]) -> None:
    """Listen on all of them for a moment, at once: no two may be the same."""
    with ExitStack() as listening:
        for setting, host, port in wanted:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            try:
                listening.enter_context(socket.create_server((host, port), family=family))
            except OSError as why:
                raise PortTaken(setting=setting, port=port, why=why.strerror or why) from None
