"""The four real services as processes on fresh databases, with a mail server that notes when each message came."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID, uuid4

import httpx
from aiosmtpd.smtp import SMTP, Envelope, Session

from bench.ground import ROOT, Servers, Site, database, eventually, site
from bench.saying import Json
from carebus.contracts.people import Diagnosis
from carebus.testing import people
from deploy.local.embedded import free_port
from deploy.local.front_office import referral
from deploy.local.invented import roster
from deploy.local.options import SERVICES
from deploy.local.synthea import Sample
from services.referral.domain.referring.conditions import conditions_in

SEED = 2026
CONSONANTS = "bdfgklmnprstvz"


@dataclass
class Inbox:
    """When the first message to each address was handed over."""

    arrived: dict[str, float] = field(default_factory=dict)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802, ARG002
        """Take a message over."""
        for address in envelope.rcpt_tos:
            self.arrived.setdefault(address, time.monotonic())
        return "250 OK"


@dataclass
class Clinic:
    """The services that run, by name: their ports, and their process ids."""

    ports: dict[str, int]
    pids: dict[str, int]
    inbox: Inbox


@asynccontextmanager
async def clinic(made: Servers, services: Sequence[str] = SERVICES, role: str = "all") -> AsyncIterator[Clinic]:
    """These services, each in one process of this role, ready for commands."""
    async with site(made) as place, _mail() as (inbox, port):
        found, operators = Clinic({}, {}, inbox), dict[str, int]()
        for service in services:
            found.ports[service], operators[service] = free_port(), free_port()
            told = {
                "CAREBUS_ROLE": role,
                "CAREBUS_PORT": str(found.ports[service]),
                "CAREBUS_OPERATORS_PORT": str(operators[service]),
                "SMTP_URL": f"smtp://127.0.0.1:{port}",
            }
            found.pids[service] = await _start(made, place, service, told)
        for asked_at in operators.values():
            await eventually(lambda at=asked_at: _ready(at))  # type: ignore[misc]  # mypy cannot infer a default
        yield found


async def _start(made: Servers, place: Site, service: str, told: Mapping[str, str]) -> int:
    name = f"{place.prefix.rstrip('.')}_{service}"
    url = await database(made, name, ROOT / "services" / service / "migrations")
    process = place.start(
        ["-m", f"services.{service}"],
        DATABASE_URL=url,
        CAREBUS_MAIL_FROM="care@clinic.example",
        **told,
    )
    return process.pid


async def _ready(port: int) -> bool:
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            return (await client.get(f"http://127.0.0.1:{port}/health/ready")).is_success
        except httpx.TransportError:
            return False


@asynccontextmanager
async def _mail() -> AsyncIterator[tuple[Inbox, int]]:
    inbox, loop = Inbox(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(inbox, loop=loop), "127.0.0.1", 0)
    async with server:
        yield inbox, server.sockets[0].getsockname()[1]


async def join_roster(port: int) -> None:
    """A staff that never runs full."""
    async with httpx.AsyncClient(
        trust_env=False, headers=people.bearer(), base_url=f"http://127.0.0.1:{port}"
    ) as client:
        for clinician in roster(SEED):
            body = {**clinician.body(), "capacity": 500}
            answer = await client.post("/api/roster", json=body, headers={"Idempotency-Key": str(uuid4())})
            answer.raise_for_status()


def referrals(many: int) -> list[Json]:
    """That many bodies of eligible referrals, each of another person, whose family may be told by e-mail."""
    told = [
        body
        for patient in Sample().patients()
        if not (body := referral(SEED, patient))["died_on"]
        and not body["on_hospice"]
        and body["payer"]
        and conditions_in([Diagnosis.model_validate(each) for each in body["diagnoses"]])
        and (family := body["contact"])
        and family["email"]
        and family["consented"]
    ]
    return [_another(told[number % len(told)], number) for number in range(many)]


def _another(body: Json, number: int) -> Json:
    """The same referral of another person: nothing that a person is known by is the same, or they would be matched."""
    chance = random.Random(number)
    patient, contact = body["patient"], body["contact"]
    family = _name(chance)
    born = date(1930, 1, 1) + timedelta(days=chance.randrange(7300))
    address = {**patient["address"], "street": f"{number} {_name(chance)} Street", "city": _name(chance)}
    return {
        **body,
        "patient": {
            **patient,
            "given_name": _name(chance),
            "family_name": family,
            "birth_date": born.isoformat(),
            "address": address,
        },
        "payer": {**body["payer"], "member_id": str(UUID(int=chance.getrandbits(128)))},
        "contact": {**contact, "full_name": f"{_name(chance)} {family}", "email": f"family{number}@home.example"},
    }


def _name(chance: random.Random) -> str:
    return "".join(chance.choice(CONSONANTS) + chance.choice("aeiou") for _ in range(4)).capitalize()
