"""What a service is put together from beside its states: loops of its own, ports of its own, and how its pages look."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path

from carebus.decisions import State
from carebus.web.admission import Refusing
from carebus.web.http import Parts
from carebus.web.links import Link


@dataclass(frozen=True, slots=True)
class Worker:
    """A loop of a service's own, such as one that talks SMTP: runs in one process only, until its event is set.

    With nothing to do it waits for `parts.notices.work(name)`, which is given after a change of the states in `after`;
    whoever makes work for it in another way gives that notice himself.
    """

    name: str
    run: Callable[[Parts, asyncio.Event], Awaitable[None]]
    after: Sequence[type[State]] = ()


@dataclass(frozen=True, slots=True)
class Listener:
    """A port of a service's own in another protocol than HTTP, such as MLLP: any number of processes may have it open.

    open: opens it, and closes it when left; to be left open for as long as the process runs.
    """

    name: str
    open: Callable[[Parts], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class Look:
    """How a service's pages present themselves."""

    title: str
    templates: Path
    menu: Sequence[Link] = ()
    told_by: Mapping[str, Refusing] = field(default_factory=dict)
    """How paths that begin so (`/fhir`) tell of a refusal, where that is another way than everywhere else."""
    search: str = ""
    """A page of this service to find people on: its head's search leads there, and not to another service's."""
