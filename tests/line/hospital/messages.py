"""ADT messages as hospitals send them, written for the tests, and somebody whom they are about."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from carebus.contracts.event import patient_stream
from carebus.contracts.people import Address, Person
from carebus.contracts.referral import PatientIdentityStated
from carebus.testing import Bench
from services.line.channels.mllp.framing import END, framed
from services.line.channels.mllp.listening import listening
from tests.examples import example

HOSPITAL = {
    "name": "General Hospital",
    "application": "EPIC",
    "facility": "GENERAL",
    "zone": "America/New_York",
    "networks": ["127.0.0.0/8"],
    "endpoint": "https://general.example/fhir",
}
NUMBER = "1001"


def adt(trigger: str = "A01", **said: Any) -> str:
    """A message; `said` stands in place of what most of them say, by segment and field."""
    at = said.get("at", "20260302080000")
    fields = {
        "msh18": "",
        "number": f"{trigger}-{at}",
        "mrn": "777^^^GENERAL^MR",
        "name": "Núñez^José",
        "born": "19410203",
        "phone": "(617) 555-0101",
        "class": "I",
        "unit": "3W",
        "visit": NUMBER,
        "kind": "U",
        "admitted": "20260302073000",
        "left": "",
        "to": "",
        "died": "",
        "pid": True,
        "processing": "P",
        "accept": "",
        "application": "",
        "extra": "",
        "mrg": "",
        **said,
    }
    pid = (
        f"PID|1||{fields['mrn']}||{fields['name']}||{fields['born']}|M|||12 Elm St^^Boston^MA^02118||{fields['phone']}"
        f"|||||||||||||||{'|' if fields['died'] else ''}|{fields['died']}"
    )
    pv1 = ["PV1", "1", fields["class"], f"{fields['unit']}^12", fields["kind"], *[""] * 14, fields["visit"]]
    pv1 += [*[""] * 16, fields["to"], *[""] * 7, fields["admitted"], fields["left"]]
    rest = f"{fields['processing']}|2.5.1|||{fields['accept']}|{fields['application']}||{fields['msh18']}"
    lines = [
        f"MSH|^~\\&|EPIC|GENERAL|CAREBUS|LINE|{at}||ADT^{trigger}|{fields['number']}|{rest}",
        f"EVN|{trigger}|{at}",
        *([pid] if fields["pid"] else []),
        *([f"MRG|{fields['mrg']}"] if fields["mrg"] else []),
        "|".join(pv1),
        *([fields["extra"]] if fields["extra"] else []),
    ]
    return "\r".join(lines) + "\r"


async def stated(line: Bench, patient: UUID | None = None, **person: Any) -> UUID:
    """Somebody whom the office has registered."""
    patient_id = patient or uuid4()
    who = Person(
        **{
            "given_name": "José",
            "family_name": "Núñez",
            "birth_date": date(1941, 2, 3),
            "sex": "male",
            "phone": "+1 617 555 0101",
            "address": Address(street="12 Elm Street", city="Boston", state="MA", postal_code="02118"),
            **person,
        }
    )
    event = example(
        PatientIdentityStated, person=who, phones=(who.phone,), member_numbers=("W1234 56789",), hospital_numbers=()
    )
    await line.hears(event, stream=patient_stream(patient_id))
    return patient_id


class Sender:
    """A hospital's interface engine on one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, message: str | bytes) -> str:
        """Send a message and wait for its answer; empty where the connection was closed instead."""
        self.writer.write(framed(message.encode() if isinstance(message, str) else message))
        await self.writer.drain()
        return await self.answer()

    async def answer(self) -> str:
        """The next answer on the connection."""
        try:
            async with asyncio.timeout(20):
                return (await self.reader.readuntil(END + b"\r"))[1:-2].decode()
        except (asyncio.IncompleteReadError, ConnectionError):
            return ""


@asynccontextmanager
async def port_of(line: Bench) -> AsyncIterator[int]:
    """The service's port for MLLP, open while this lasts."""
    found: list[int] = []
    async with listening(line.service.app.state.parts, found.append):
        yield found[0]


@asynccontextmanager
async def sender_at(port: int) -> AsyncIterator[Sender]:
    """A connection to it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Sender(reader, writer)
    finally:
        writer.close()


def code_of(answer: str) -> str:
    """AA, AE, AR, or how else a message was answered."""
    return next((line.split("|")[1] for line in answer.split("\r") if line.startswith("MSA")), "")
