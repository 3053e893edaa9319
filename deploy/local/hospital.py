"""The simulated hospital: tells by HL7 version 2 over MLLP who was admitted and who went home, until it is answered."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from zlib import crc32

from hl7.mllp import open_hl7_connection

from deploy.local.cases import Case, for_each
from deploy.local.failures import LocalServerError
from deploy.local.patient import Patient
from deploy.local.process import LOOPBACK

NAME, FACILITY = "Valley General Hospital", "VALLEY"
ZONE = "America/New_York"
ADMITS_EACH = 50
"""One in so many is admitted in a day."""
STAYS = timedelta(days=2)
UNSURE_EACH = 4
"""One in so many is stated without an address: somebody has to say who it is."""
PATIENCE_S, ANSWER_S, PAUSE_S = 60.0, 10.0, 0.5
TAKEN = "AA"
SEXES = {"male": "M", "female": "F"}


class HospitalNotAnswered(LocalServerError):
    """The line did not take a hospital's message for {0:.0f} seconds (last: {1}). Its log says why."""


def as_known_to_the_line() -> str:
    """The hospital in the line's settings."""
    known = {"name": NAME, "facility": FACILITY, "zone": ZONE, "networks": ["127.0.0.0/8"], "assigners": [FACILITY]}
    return json.dumps([known])


@dataclass(frozen=True)
class Hospital:
    """Sends to this port, what concerns the same people on the same days of every run."""

    seed: int
    port: int

    async def day(self, of: date, cases: Iterable[Case]) -> int:
        """Tell who came the day before and who left; gives how many messages that were."""
        known = [case for case in cases if case.accepted]
        came = [(case.patient, of, "A01") for case in known if self._admits(case.patient, of)]
        left = [(case.patient, of - STAYS, "A03") for case in known if self._admits(case.patient, of - STAYS)]
        await for_each([*came, *left], self._send)
        return len(came) + len(left)

    def _admits(self, patient: Patient, of: date) -> bool:
        return crc32(f"hospital/{self.seed}/{patient.source_id}/{of}".encode()) % ADMITS_EACH == 0

    async def _send(self, one: tuple[Patient, date, str]) -> None:
        await deliver(self.port, message(*one))


def message(patient: Patient, of: date, trigger: str) -> str:
    """The same bytes whenever it is sent: a message that is repeated is known again."""
    came = datetime.combine(of - timedelta(days=1), clock_time(14))
    at = came if trigger == "A01" else came + STAYS
    mark = crc32(patient.source_id.encode())
    number, unsure = f"{of:%Y%m%d}{mark:08x}", mark % UNSURE_EACH == 0
    home = "" if unsure else f"{patient.street}^^{patient.city}^{patient.state}^{patient.postal_code}"
    person = ["PID", "1", "", f"{mark:08x}^^^{FACILITY}^MR", "", f"{patient.family_name}^{patient.given_name}", ""]
    person += [f"{patient.birth_date:%Y%m%d}", SEXES.get(patient.sex, ""), "", "", home]
    visit = ["PV1", "1", "I", "3W^12", "E", *[""] * 14, number, *[""] * 16, "01" if trigger == "A03" else "", *[""] * 7]
    visit += [_hl7(came), _hl7(at) if trigger == "A03" else ""]
    return "\r".join(
        [
            f"MSH|^~\\&|ADT|{FACILITY}|CAREBUS|LINE|{_hl7(at)}||ADT^{trigger}|{number}{trigger}|P|2.5.1",
            f"EVN|{trigger}|{_hl7(at)}",
            "|".join(person),
            "|".join(visit),
            "",
        ]
    )


async def deliver(port: int, said: str, patience: float = PATIENCE_S) -> None:
    """Send until it is taken, as interface engines do. Raises HospitalNotAnswered."""
    deadline, last = time.monotonic() + patience, ""
    while (last := await _attempt(port, said)) != TAKEN:
        if time.monotonic() > deadline:
            raise HospitalNotAnswered(patience, last)
        await asyncio.sleep(PAUSE_S)


async def _attempt(port: int, said: str) -> str:
    """How it was answered; or what stood in the way."""
    writer = None
    try:
        async with asyncio.timeout(ANSWER_S):
            reader, writer = await open_hl7_connection(LOOPBACK, port, encoding="utf-8")
            writer.writeblock(said.encode())
            await writer.drain()
            return str((await reader.readmessage()).segment("MSA")[1])
    except (OSError, TimeoutError, asyncio.IncompleteReadError) as away:
        return type(away).__name__
    finally:
        if writer is not None:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


def _hl7(at: datetime) -> str:
    return f"{at:%Y%m%d%H%M%S}"
