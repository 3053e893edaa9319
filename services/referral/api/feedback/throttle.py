"""How often one address may ask: counted per minute by each running service, which is enough against guessing."""

import time
from collections import Counter
from http import HTTPStatus
from typing import Annotated
from weakref import WeakKeyDictionary

from fastapi import Depends, FastAPI, Request

from carebus.errors import CarebusError

A_MINUTE = 60.0


class TooOften(CarebusError):
    """You have asked very often in the last minute. Wait a minute, then try again."""

    status = HTTPStatus.TOO_MANY_REQUESTS


class Throttle:
    """At most `most` requests a minute from one client address. Use one per kind of request, as a dependency."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._seen = WeakKeyDictionary[FastAPI, tuple[int, Counter[str]]]()

    async def __call__(self, request: Request) -> None:
        """Count this request. Raises TooOften."""
        minute = int(time.monotonic() // A_MINUTE)
        counted_in, seen = self._seen.get(request.app, (minute, Counter[str]()))
        if counted_in != minute:
            seen = Counter()
        self._seen[request.app] = minute, seen
        client = request.client.host if request.client else ""
        seen[client] += 1
        if seen[client] > self._most:
            raise TooOften


LOOKING, TRYING = Throttle(120), Throttle(20)

Looking = Annotated[None, Depends(LOOKING)]
"""A page is looked at."""

Trying = Annotated[None, Depends(TRYING)]
"""Something secret is tried, or mail is asked for."""
