"""Which services can be made again from the topics alone, and what stands against it with the others."""

from fastapi import FastAPI

from carebus.contracts import PUBLISHED_BY
from carebus.decisions import State
from carebus.errors import CarebusError
from carebus.service import Service
from carebus.storage import answers, outbox
from carebus.storage.database import Connection

_READS = frozenset({"get", "head", "options"})


class NotFromTheTopics(CarebusError):
    """{name} can't be made again from the topics: {why}. Restore it from its backup and reconcile it."""


class WorkerWouldRepeat(CarebusError):
    """{name} has a worker ({worker}) and no state that says, in `as_history`, what of its work is past."""


async def require_projection(service: Service, db: Connection) -> None:
    """Raise NotFromTheTopics unless this service only hears."""
    name = service.core.name
    told = [kind.__name__ for kind in PUBLISHED_BY.get(name, ())]
    if told or await outbox.has_any(db):
        raise NotFromTheTopics(name=name, why=f"it tells events ({', '.join(told) or 'its outbox has some'})")
    await _require_no_commands(service, db)
    if service.timed.kinds:
        raise NotFromTheTopics(name=name, why="what it does at its own times is on no topic")
    if service.workers:
        raise NotFromTheTopics(name=name, why=f"it acts on the outside ({service.workers[0].name})")


async def require_loadable(service: Service, db: Connection) -> None:
    """Raise unless a service can go on from its topics read again. Raises NotFromTheTopics, WorkerWouldRepeat."""
    await _require_no_commands(service, db)
    settles = any(kind.as_history is not State.as_history for kind in service.core.states)
    if service.workers and not settles:
        raise WorkerWouldRepeat(name=service.core.name, worker=service.workers[0].name)


async def _require_no_commands(service: Service, db: Connection) -> None:
    app = FastAPI()
    app.include_router(service.router)
    taken = {method for methods in app.openapi()["paths"].values() for method in methods} - _READS
    if taken or await answers.has_any(db):
        raise NotFromTheTopics(name=service.core.name, why="it takes commands, which are on no topic")
