"""The moment of death: the passes of armed points are counted, and the last one kills the process at once."""

from __future__ import annotations

import functools
import json
import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

_left: dict[str, int] = {}
_file: list[Path] = []
_part: ContextVar[str] = ContextVar("part", default="")


def arm(file: Path, passes: dict[str, int]) -> None:
    """From now on the process ends at the given pass of any of these points; a line in `file` says at which."""
    _file[:] = [file]
    _left.clear()
    _left.update(passes)


def armed() -> bool:
    """Whether this process is to end at some point."""
    return bool(_left)


def moment(name: str) -> None:
    """A moment of the part of the kit that is at work here."""
    passes(f"{_part.get()}: {name}")


def passes(point: str) -> None:
    """The process passes this point, or ends here."""
    if point not in _left:
        return
    _left[point] -= 1
    if _left[point] == 0:
        line = json.dumps({"point": point, "pid": os.getpid(), "at": time.time()}) + "\n"
        file = os.open(_file[0], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        os.write(file, line.encode())
        os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def part(name: str) -> Iterator[None]:
    """While this lasts, moments belong to this part."""
    token = _part.set(name)
    try:
        yield
    finally:
        _part.reset(token)


def within(owner: Any, method: str, name: str) -> None:
    """What this method does belongs to this part of the kit."""
    original: Callable[..., Awaitable[Any]] = getattr(owner, method)

    @functools.wraps(original)
    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        with part(name):
            return await original(*args, **kwargs)

    setattr(owner, method, wrapped)


def around(
    owner: Any, method: str, before: str = "", after: str = "", *, has: int | None = None, gives: bool = False
) -> None:
    """There is a moment before this method and one after it.

    `has`: only when its argument of this number is not empty. `gives`: the one after only when its result is not.
    """
    original: Callable[..., Awaitable[Any]] = getattr(owner, method)

    @functools.wraps(original)
    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        counts = has is None or bool(args[has])
        if counts and before:
            moment(before)
        result = await original(*args, **kwargs)
        if counts and after and (result or not gives):
            moment(after)
        return result

    setattr(owner, method, wrapped)
