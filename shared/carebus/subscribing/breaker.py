"""Tells a few bad events from a bad deploy: when most of what was lately tried failed, nothing more may be parked."""

from collections import deque
from collections.abc import Iterable

WINDOW = 100
FEWEST = 20


class MostEventsFail(Exception):
    """Most events fail: the subscriber stops instead of parking the stream, since a bad deploy is likelier."""


class Breaker:
    """Remembers how the last decisions went."""

    def __init__(self) -> None:
        self._lately: deque[bool] = deque(maxlen=WINDOW)

    def check(self, outcomes: Iterable[bool]) -> None:
        """Raise MostEventsFail if, with these, most fail. Changes nothing, so that the batch can be rolled back."""
        tried = [*self._lately, *outcomes]
        failed = tried.count(False)
        if failed >= FEWEST and failed * 2 > len(tried):
            raise MostEventsFail

    def remember(self, outcomes: Iterable[bool]) -> None:
        """These are committed."""
        self._lately.extend(outcomes)
