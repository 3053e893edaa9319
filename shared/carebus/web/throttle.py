"""How often one client may ask: counted per minute by each running service, which is enough against guessing."""

import time
from collections import Counter
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated, Any
from weakref import WeakKeyDictionary

from fastapi import Depends, Request
from starlette.types import Scope

from carebus.errors import CarebusError
from carebus.web.addresses import counted_as

A_MINUTE = 60.0
LOOKS, TRIES = 120, 20
FORMS, LINKS, SIGN_INS, OPEN = 60, 150, 300, 300
SIGNED = 12_000
"""Programs that sign each request, such as a telephone system: no guessing to stop, and many calls at once."""


class TooOften(CarebusError):
    """You have asked very often in the last minute. Wait a minute, then try again."""

    status = HTTPStatus.TOO_MANY_REQUESTS


class Throttle:
    """At most `most` requests a minute from one client, which of IPv6 is a /64. Use one per kind of request."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._seen = WeakKeyDictionary[Any, tuple[int, Counter[str]]]()

    async def __call__(self, request: Request) -> None:
        """Count this request, as a dependency of its route. Raises TooOften."""
        self.count(request.scope)

    def count(self, scope: Scope) -> None:
        """Count this request. Raises TooOften."""
        minute, app = int(time.monotonic() // A_MINUTE), scope["app"]
        counted_in, seen = self._seen.get(app, (minute, Counter[str]()))
        if counted_in != minute:
            seen = Counter()
        self._seen[app] = minute, seen
        client = counted_as(scope["client"][0]) if scope.get("client") else ""
        seen[client] += 1
        if seen[client] > self._most:
            raise TooOften


LOOKING, TRYING = Throttle(LOOKS), Throttle(TRIES)

Looking = Annotated[None, Depends(LOOKING)]
"""A page is looked at."""

Trying = Annotated[None, Depends(TRYING)]
"""Something secret is tried, or mail is asked for."""

SIGNING_IN, OTHERWISE = "sign-in", ""
DOORS: Mapping[str, Throttle] = MappingProxyType(
    {
        "forms": Throttle(FORMS),
        "links": Throttle(LINKS),
        "signed": Throttle(SIGNED),
        SIGNING_IN: Throttle(SIGN_INS),
        OTHERWISE: Throttle(OPEN),
    }
)
"""The limits of public doors by the name that their rule gives; the last one is for those that give none."""
