"""A service: its states, what it hears, its pages and its settings, put together and run as one process."""

import asyncio
import gc
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Self

import asyncpg
import structlog
from fastapi import APIRouter, FastAPI

from carebus.access import Access
from carebus.contracts import EVENTS, PACKAGES
from carebus.contracts.event import Event, Stream
from carebus.core import Core
from carebus.deciding.auditing import Audit
from carebus.deciding.commands import Commands
from carebus.deciding.due_timers import DueTimers
from carebus.deciding.sealing import Sealer
from carebus.decisions import Handlers, Timer, commands_of
from carebus.kafka import connections
from carebus.notices import Notice
from carebus.observing.logs import configure_logs
from carebus.observing.loops import ended, keep, pause
from carebus.relaying.relay import Relay, watch_backlog
from carebus.settings import ProcessRole, Settings
from carebus.storage import beginning, notifying, outbox
from carebus.storage.database import DatabaseAway, TransactionPooling
from carebus.storage.lease import lead
from carebus.storage.standing import standing
from carebus.storage.states import States
from carebus.storage.timers import TimerTable
from carebus.subscribing.batch import Batch
from carebus.subscribing.hearing import Hearing
from carebus.subscribing.interpreting import Interpreter
from carebus.subscribing.redrive import Redrive
from carebus.subscribing.subscriber import Subscriber
from carebus.web import Pages as WebPages
from carebus.web import install_problems, links_from, signing_in
from carebus.web.addresses import EverybodyTrusted
from carebus.web.admission import Admission, routes_in
from carebus.web.composition import Listener, Look, Worker
from carebus.web.guard import Guard, hosts_of
from carebus.web.health import operators_app
from carebus.web.http import Parts, RequestLog
from carebus.web.ports import PortTaken, server_of
from carebus.web.server import Server, run
from carebus.web.sign_in.provider import Provider
from carebus.web.sign_in.who import Who
from carebus.web.waiting import Waiting, measure_waiting

__all__ = ["Listener", "Look", "Service", "Worker"]

log = structlog.get_logger()

DAY_S = 86_400.0
MARGIN_S = 20.0
"""A process that was asked to end does so within `drain_seconds` and so many more, whatever the servers do."""
LOOPS_S = 10.0
"""Of these its loops have so many, after which they are cut off."""
MEASURE_S = 10.0
LISTENS_S = 30.0
"""Seconds between beats of an open port."""
CLOCK_S = 0.5
"""Seconds between looks at whether the clock of a local run was set."""
GARBAGE = (50_000, 20, 50)
"""When Python looks for reference cycles: a batch makes so many objects that the default would look all the time."""


class Service:
    """The composition root of a service. `source` on its events is its name."""

    def __init__(  # noqa: PLR0913 - a composition root names all its parts
        self,
        name: str,
        *,
        states: States,
        handlers: Handlers,
        router: APIRouter,
        look: Look,
        settings: Settings,
        access: Access,
        workers: Sequence[Worker] = (),
        listeners: Sequence[Listener] = (),
    ) -> None:
        self.core = Core.of(name, settings, states, access)
        self.provider = Provider(name, settings)
        self.workers = workers
        self.listeners = listeners
        for worker in workers:
            self.core.notices.employ(worker.name, worker.after)
        self.waiting: Sequence[Waiting] = ()
        self.router = router
        self.hosts = hosts_of(name, settings)
        self._stop = asyncio.Event()
        self.hearing = hearing = Hearing({k: r for k, r in handlers.items() if issubclass(k, Event)})
        self.timed = timed = TimerTable({k: r for k, r in handlers.items() if issubclass(k, Timer)})
        self.batch = Batch(Interpreter.of(self.core, hearing))
        self.relay = Relay(self.core)
        self.redrive = Redrive(self.core, self.batch)
        self.commands = Commands(self.core)
        self.sealer = Sealer(self.core)
        self.timers = DueTimers(self.core, timed)
        self.subscriber = Subscriber(self.core, hearing.topics, self.batch, self._filled)
        self._hears = bool(hearing.topics)
        for kind in handlers:  # a rate needs a first value to rise from
            counter = self.core.metrics.handled if issubclass(kind, Event) else self.core.metrics.timers_fired
            self.core.metrics.add(counter, kind.__name__, by=0)
        for kind in set(EVENTS.values()) - handlers.keys() if self._hears else ():
            self.core.metrics.add(self.core.metrics.passed_over, kind.__name__, by=0)
        self._has_pages = settings.role in {ProcessRole.ALL, ProcessRole.API}
        self._server: Server | None = None
        self.app = self._application(router, look)
        self.operators = operators_app(self, self._lifespan)

    def takes_requests(self) -> bool:
        """Whether it is neither starting nor ending; whoever serves it in another way knows that himself."""
        return self._server is None or self._server.listens

    def measuring(self, *kinds: Waiting) -> Self:
        """Put into the metrics what of these kinds waits."""
        self.waiting = (*self.waiting, *kinds)
        return self

    def _application(self, router: APIRouter, look: Look) -> FastAPI:
        core = self.core
        pages = WebPages(
            look.templates,
            service=look.title,
            links=links_from(core.settings.links),
            menu=look.menu,
            help_line=core.settings.help_line,
            zone="America/New_York",
            prefix=core.settings.prefix,
        )
        pages.opened_by(core.access.may_open)
        pages.searches_at(look.search)
        who = Who(core.settings, core.database, self.provider)
        app = FastAPI(title=f"Carebus {look.title}", lifespan=self._lifespan, openapi_url=None)
        parts = Parts(
            self.commands, core.database, core.clock, pages, core.settings, core.notices, who, Audit(core), core.metrics
        )
        app.state.parts = parts
        if self._has_pages:
            app.include_router(signing_in.router)
            app.include_router(router)
        install_problems(app, pages=pages)
        core.access.require_all(map(" ".join, routes_in(router.routes)), commands_of(f"services.{core.name}"))
        app.add_middleware(Admission, routes=router.routes, access=core.access, parts=parts, told_by=look.told_by)
        app.add_middleware(Guard, hosts=self.hosts, public_url=core.settings.public_url, pages=pages)
        pages.install(app)
        app.add_middleware(RequestLog, metrics=self.core.metrics)
        return app

    @asynccontextmanager
    async def _lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        async with self.running():
            yield

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Everything but the HTTP server: open the database, run the loops of the role, and stop them cleanly."""
        connections.mend()
        await self.core.database.open()
        await self._first_look()
        tasks = [asyncio.create_task(loop, name=name) for name, loop in self._loops()]
        log.info("started", role=self.core.settings.role.value, contracts=[package.name for package in PACKAGES])
        try:
            yield
        finally:
            self._stop.set()
            await ended(tasks, self.core.settings.drain_seconds + LOOPS_S, MARGIN_S - LOOPS_S)
            await self.core.database.close()
            self.core.tracing.close()
            log.info("stopped")

    async def begin(self) -> None:
        """Keep when this service was first started: no alarm is raised about what was due before then."""
        async with self.core.database.connection() as db:
            await beginning.begin(db, self.core.clock.now())

    async def _first_look(self) -> None:
        try:
            await self.core.database.require_sessions()
            await self.begin()
        except TransactionPooling as why:
            log.critical("refuses_to_start", why=str(why))
            raise
        except (DatabaseAway, asyncpg.PostgresError) as why:
            log.warning("starts_without_its_database", why=type(why).__name__)

    def _loops(self) -> list[tuple[str, Any]]:
        role, stop, beats = self.core.settings.role, self._stop, self.core.beats
        keeping = partial(keep, stop=stop, beats=beats)
        loops: list[tuple[str, Any]] = [("measures", keeping("measures", self._measure))]
        if role in {ProcessRole.ALL, ProcessRole.RELAY}:
            loops.append(("relay", self._leading("relay", self.core.notices.told, self.relay.run)))
            loops.append(("audit", self._leading("audit", self.core.notices.audited, self.sealer.run)))
            loops.append(("backlog", watch_backlog(self.core, stop)))
            loops.append(("partitions", keeping("partitions", self._prepare, within=DAY_S)))
        if role in {ProcessRole.ALL, ProcessRole.SUBSCRIBER}:
            loops.append(("timers", self._timed(keeping)))
            loops.append(("waiting", keeping("waiting", self.redrive.waiting)))
            if self._hears:
                loops.append(("subscriber", self.subscriber.run(stop)))
            loops += [(worker.name, self._working(worker)) for worker in self.workers]
        if role in {ProcessRole.ALL, ProcessRole.LISTENER}:
            loops += [(each.name, keeping(each.name, partial(self._listening, each))) for each in self.listeners]
        return [*loops, *self._notice_loops(keeping)]

    def _notice_loops(self, keeping: Callable[..., Any]) -> Iterator[tuple[str, Any]]:
        """Those that let other processes of this service hear of work, and hear of it from them."""
        core, role = self.core, self.core.settings.role
        if role is not ProcessRole.RELAY:
            yield "notify", keeping("notify", partial(core.notices.ring, core.database), wake=core.notices.bell)
        if role is not ProcessRole.API:
            channels = core.notices.channels()
            hearing = partial(notifying.listen, core.database, channels, connected=self.subscriber.look_at_database)
            yield "notices", hearing(stop=self._stop, beats=core.beats)

    async def _timed(self, keeping: Callable[..., Awaitable[None]]) -> None:
        """Timers wait by the clinic's clock, so whoever can set that wakes them."""
        timers, clock = self.core.notices.timers, self.core.clock

        async def look_at_clock() -> float:
            if clock.was_set():
                timers.heard.set()
            return CLOCK_S

        with timers.doing(self._stop):
            ends = [keeping("timers", self.timers.handle, wake=timers.heard)]
            if self.core.settings.clock_file is not None:
                ends.append(keeping("clock", look_at_clock))
            await asyncio.gather(*ends)

    def _working(self, worker: Worker) -> Awaitable[None]:
        async def run(stop: asyncio.Event) -> None:
            await worker.run(self.app.state.parts, stop)

        return self._leading(worker.name, self.core.notices.work(worker.name), run)

    def _leading(self, name: str, notice: Notice, body: Callable[[asyncio.Event], Awaitable[None]]) -> Awaitable[None]:
        """Do it in one process only, which then needs no notice from itself."""

        async def run(lost: asyncio.Event) -> None:
            with notice.doing(lost):
                await body(lost)

        return lead(self.core.database, name, run, stop=self._stop, beats=self.core.beats)

    async def _listening(self, listener: Listener) -> float:
        """Keep its port open until the process stops; one that cannot be opened is tried again."""
        async with listener.open(self.app.state.parts):
            while await pause(LISTENS_S, self._stop):
                self.core.beats.beat(listener.name)
        return 0.0

    async def _filled(self, stream: Stream) -> None:
        await self.redrive.stream(stream)

    async def _prepare(self) -> float:
        """Make the outbox's partitions of the coming days."""
        async with self.core.database.connection() as db:
            await outbox.prepare_partitions(db)
        return DAY_S / 4

    async def _measure(self) -> float:
        metrics = self.core.metrics
        async with self.core.database.connection() as db:
            found = await standing(db, self.core.clock.now())
        for gauge, name in metrics.of_standing():
            metrics.put(gauge, found[name])
        await measure_waiting(self.core, self.waiting)
        return MEASURE_S

    def run(self) -> None:
        """Run until SIGTERM or SIGINT."""
        gc.set_threshold(*GARBAGE)
        configure_logs(self.core.name, self.core.settings.log_level)
        for asked_to_stop in (signal.SIGTERM, signal.SIGINT):  # uvicorn raises them again when all is closed
            signal.signal(asked_to_stop, lambda *_: sys.exit(0))
        try:
            self._server = server_of(self.app if self._has_pages else None, self.operators, self.core.settings)
        except (EverybodyTrusted, PortTaken) as why:
            log.critical("refuses_to_start", why=str(why))
            sys.exit(1)
        run(self._server)
