"""Documents over HTTP among sixty thousand: the first page, ten megabytes uploaded, fifty at once; and the detector."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import httpx

from bench import papers, sheets
from bench.figures import Latency
from bench.ground import ROOT, Servers, database, eventually, site
from bench.saying import Json, Say
from bench.usage import resident_mib, usage_of
from carebus.contracts.event import patient_stream
from carebus.contracts.wishes import CHOICES, Side, SideKind
from carebus.decisions import Cause
from carebus.ids import new_id
from carebus.testing import people
from deploy.local.embedded import free_port
from services.wishes.domain.concluding import concluded
from services.wishes.store.sealing import Seal

PATIENTS, ASKED, UPLOADS, AT_ONCE = 10_000, 50, 20, 50
"""Patients, those of them whose documents are opened, uploads one after the other, and uploads at once."""
MEGABYTES_10 = 10_000_000
AIMS = {"the first page": 150, "an upload of 10 MB": 2000, "a check for conflicts": 5}
"""Milliseconds at the 99th percentile."""
_KEY = bytes(32)
_SIDES = 40
_MOMENT = datetime(2026, 3, 2, 13, 30, tzinfo=UTC)


async def measure(made: Servers, scale: float, say: Say) -> Json:
    """Each page from the request to its last byte, one after the other, each of another document."""
    patients, asked = max(100, int(PATIENTS * scale)), max(5, int(ASKED * scale))
    async with site(made) as place:
        url = await database(made, f"{place.prefix.rstrip('.')}_wishes", ROOT / "services" / "wishes" / "migrations")
        db = await asyncpg.connect(url)
        await papers.fill(db, patients, Seal({"k1": _KEY}), range(asked), say)
        await db.close()
        port, operators = free_port(), free_port()
        told = {"CAREBUS_DOCUMENT_KEYS": f"k1:{base64.b64encode(_KEY).decode()}", "CAREBUS_ROLE": "api"}
        ports = {"CAREBUS_PORT": str(port), "CAREBUS_OPERATORS_PORT": str(operators)}
        process = place.start(["-m", "services.wishes"], DATABASE_URL=url, **told, **ports)
        async with httpx.AsyncClient(
            trust_env=False, headers=people.bearer(), base_url=f"http://127.0.0.1:{port}", timeout=300
        ) as client:
            await eventually(lambda: _ready(client, operators))
            clinic = Clinic(client, asked)
            lines = {
                "a patient's wishes": await _each(clinic.opens_wishes, asked),
                "the first page": await _each(clinic.opens_document, asked * papers.EACH),
                "a page nobody has turned to": await _each(clinic.turns_to_the_last, asked),
                "an upload of 10 MB": await _each(clinic.files, max(2, int(UPLOADS * scale))),
            }
            idle = resident_mib(process.pid)
            begun = time.perf_counter()
            many = max(4, int(AT_ONCE * scale))
            await asyncio.gather(*(clinic.files(n) for n in range(many)))
            seconds, peak = time.perf_counter() - begun, usage_of([process.pid]).peak_mib
    lines["a check for conflicts"] = asdict(Latency.of(_checks(max(20, int(1000 * scale)))))
    say("  " + ", ".join(f"{name}: p99 {line['p99']:.1f} ms" for name, line in lines.items()))
    say(f"  {many} uploads at once: {seconds:.1f} s, {idle:.0f} MiB before, {peak:.0f} MiB at most")
    at_once = {"uploads": many, "seconds": seconds, "before_mib": idle, "peak_mib": peak}
    return {"patients": patients, "documents": patients * papers.EACH, "lines": lines, "at_once": at_once}


class Clinic:
    """Whoever opens and files documents."""

    def __init__(self, client: httpx.AsyncClient, asked: int) -> None:
        self._client = client
        self._asked = asked
        self._paper = papers.scan(MEGABYTES_10)

    async def opens_wishes(self, n: int) -> None:
        """All that one patient wants."""
        await self._get(f"/patients/{sheets.patient_of(n)}")

    async def opens_document(self, n: int) -> None:
        """The viewer, and the first page as it looks."""
        document = self._document(n)
        await self._get(f"/documents/{document}")
        await self._get(f"/documents/{document}/pages/1")

    async def turns_to_the_last(self, n: int) -> None:
        """A page that has to be drawn."""
        await self._get(f"/documents/{papers.document_of(n % self._asked, 1)}/pages/4")

    async def files(self, n: int) -> None:
        """A scanned paper of ten megabytes."""
        answer = await self._client.post(
            f"/api/patients/{sheets.patient_of(n)}/documents",
            data={"kind": "living_will", "status": "preliminary"},
            files={"file": ("scan.pdf", self._paper, "application/pdf")},
            headers={"Idempotency-Key": str(new_id())},
        )
        answer.raise_for_status()

    def _document(self, n: int) -> UUID:
        return papers.document_of(n // papers.EACH % self._asked, n % papers.EACH)

    async def _get(self, path: str) -> None:
        (await self._client.get(path)).raise_for_status()


async def _each(ask: Callable[[int], Awaitable[None]], times: int) -> Json:
    await ask(0)  # the first of its kind compiles its template
    took = []
    for n in range(times):
        begun = time.perf_counter()
        await ask(n)
        took.append(time.perf_counter() - begun)
    return asdict(Latency.of(took))


def _checks(times: int) -> list[float]:
    """Every pair of forty sides beside six documents, and the summary of them: what each change of wishes costs."""
    says = [(topic, choice) for topic, choices in CHOICES.items() for choice in choices]
    elsewhere = tuple(
        Side(kind=SideKind.GOAL, of=UUID(int=n + 1), topic=topic, choice=choice, stated_on=_MOMENT.date())
        for n in range(_SIDES)
        for topic, choice in [says[n % len(says)]]
    )
    known, took = papers.wishes_of(1), []
    cause = Cause(new_id(), patient_stream(sheets.patient_of(1)), _MOMENT, "bench", new_id(), _MOMENT)
    for _ in range(times):
        begun = time.perf_counter()
        concluded(known, known.but(elsewhere=elsewhere), cause)
        took.append(time.perf_counter() - begun)
    return took


async def _ready(client: httpx.AsyncClient, operators: int) -> bool:
    try:
        return (await client.get(f"http://127.0.0.1:{operators}/health/ready")).is_success
    except httpx.TransportError:
        return False
