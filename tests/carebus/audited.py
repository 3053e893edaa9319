"""A small service whose pages show patients, and what its audit says of who saw them."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request

from carebus.access import Access, AccountRole, Relation, anyone, clinicians, roles
from carebus.contracts.audit import AuditKind, AuditRow, ChainFault, ChainWalk
from carebus.contracts.event import patient_stream
from carebus.contracts.referral import EligibilityAssessed
from carebus.decisions import on
from carebus.service import Look, Service
from carebus.settings import Settings
from carebus.storage import audit
from carebus.storage.states import Documents, tables
from carebus.testing import Bench
from carebus.web.http import AskedOf, PartsOf, require_standing, saw
from tests.carebus import tally

ANNA, BENNO, CLARA = UUID(int=1), UUID(int=2), UUID(int=3)
router = APIRouter()
supervisor = roles(AccountRole.SUPERVISOR)
ACCESS = Access(
    {EligibilityAssessed: supervisor},
    {
        "GET /patients/{patient_id}": (supervisor | clinicians.on(Relation.PANEL)).sees("patient_id"),
        "GET /list": supervisor,
        "GET /export": supervisor,
        "GET /public": anyone(because="it shows nobody"),
        "GET /of/{visit_id}": supervisor | clinicians.on(Relation.PANEL),
        "POST /patients/{patient_id}/marks": supervisor | clinicians,
    },
)


@router.get("/patients/{patient_id}")
async def patient(patient_id: UUID) -> dict[str, str]:
    """One patient."""
    return {"patient": str(patient_id)}


@router.get("/list")
async def many(request: Request) -> dict[str, int]:
    """Several."""
    saw(request, [BENNO, ANNA])
    return {"shown": 2}


@router.get("/export")
async def export(request: Request) -> dict[str, int]:
    """Several, to take away."""
    saw(request, [ANNA, BENNO, CLARA], AuditKind.EXPORT)
    return {"shown": 3}


@router.get("/public")
async def public() -> dict[str, int]:
    """Nobody."""
    return {"shown": 0}


@router.get("/of/{visit_id}")
async def of_visit(request: Request, parts: PartsOf, visit_id: UUID) -> dict[str, str]:
    """Whom a visit is to."""
    await require_standing(request, parts, ANNA)
    saw(request, [ANNA])
    return {"visit": str(visit_id)}


@router.post("/patients/{patient_id}/marks", status_code=201)
async def mark(patient_id: UUID, body: EligibilityAssessed, parts: PartsOf, asked: AskedOf) -> dict[str, object]:
    """A command."""
    react = on(tally.Tally, tally.note)
    done = await parts.commands.perform(
        react, patient_stream(patient_id), body, asked, reply=lambda done: done.state(tally.Tally)
    )
    return dict(done.body)


def make(settings: Settings) -> Service:
    """The service; under the tally's name, whose tables and events it has."""
    return Service(
        "tally",
        states=tables(Documents("tally", tally.Tally)),
        handlers=tally.HANDLERS,
        router=router,
        look=Look("Seen", tally.FOLDER / "templates"),
        settings=settings,
        access=ACCESS,
    )


async def pending(bench: Bench) -> list[AuditRow]:
    """What waits to be sealed, in order."""
    async with bench.service.core.database.connection() as db:
        return [AuditRow.model_validate_json(row.content) for row in await audit.waiting(db, 1000)]


async def told(bench: Bench) -> list[tuple[str, str, str, tuple[UUID, ...], str]]:
    """Kind, name, role, patients and outcome of what waits."""
    return [(row.kind.value, row.name, row.role, row.patients, row.outcome) for row in await pending(bench)]


async def seal_all(bench: Bench) -> None:
    """Seal until nothing is left."""
    while await bench.service.sealer.seal():
        pass


async def walked(bench: Bench) -> tuple[ChainWalk, list[ChainFault]]:
    """The chain of the service, walked, and its faults."""
    walk = ChainWalk(bench.service.core.name)
    async with bench.service.core.database.transaction() as db:
        links = [link async for link in audit.chain(db)]
    return walk, list(walk.past(links))


async def tampered(bench: Bench, *statements: str) -> None:
    """What somebody could do to the chain who owns its table."""
    async with bench.service.core.database.transaction() as db:
        await db.execute("alter table audit_sealed disable trigger audit_sealed_stays")
        for statement in statements:
            await db.execute(statement)


if __name__ == "__main__":
    make(Settings()).run()
