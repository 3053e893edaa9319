"""Hospital messages by MLLP on real sockets: how many a second are kept and answered, and who waits for heavy ones."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import asdict
from uuid import UUID, uuid5

import asyncpg
import orjson

from bench.figures import Latency
from bench.ground import ROOT, Servers, Site, database, eventually, site
from bench.saying import Json, Say
from deploy.local.embedded import free_port
from services.line.channels.mllp.framing import END, framed

PATIENTS, MESSAGES = 50_000, 3_000
LISTENERS = 2
AIMS = {1: 150, 8: 500}
"""Messages a second on so many connections."""
HEAVY = "OBX|1|TX|||x\r" * 50_000
HOSPITALS = [{"name": "General", "facility": "GENERAL", "networks": ["127.0.0.0/8"]}]
_IDS = UUID("6d2c4d2e-41a5-5d0f-8f6c-2f7f6c1f0c11")


async def measure(made: Servers, scale: float, say: Say) -> Json:
    """Admissions of known patients on one connection and on eight, then light messages beside heavy ones."""
    patients, messages = max(1000, int(PATIENTS * scale)), max(200, int(MESSAGES * scale))
    async with site(made) as place:
        url = await database(made, f"{place.prefix.rstrip('.')}_line", ROOT / "services" / "line" / "migrations")
        await _fill(url, patients)
        port = free_port()
        for _ in range(LISTENERS):
            _listener(place, url, port)
        await eventually(lambda: _open(port))
        lines = {n: await _burst(port, n, messages, patients) for n in AIMS}
        beside = await _beside_heavy(port)
    for n, line in lines.items():
        say(f"  {n} connections: {line['per_second']:.0f}/s (aim {AIMS[n]}), p99 {line['p99']:.1f} ms")
    say(f"  beside 50,000 segments: p99 {beside['p99']:.1f} ms")
    return {"patients": patients, "listeners": LISTENERS, "lines": lines, "beside_heavy": beside}


def _listener(place: Site, url: str, port: int) -> None:
    told = {"CAREBUS_ROLE": "listener", "CAREBUS_MLLP_PORT": str(port), "CAREBUS_HOSPITALS": json.dumps(HOSPITALS)}
    place.start(["-m", "services.line"], DATABASE_URL=url, **told)


def _message(patient: int, number: str) -> bytes:
    return framed(
        f"MSH|^~\\&|EPIC|GENERAL|CAREBUS|LINE|20260302080000||ADT^A01|{number}|P|2.5.1\rEVN|A01|20260302080000\r"
        f"PID|1||{patient}^^^GENERAL^MR||Doe{patient}^Jo||19410203|F\r"
        f"PV1|1|I|3W|U||||||||||||||{'|'}{number}{'|' * 25}20260302073000\r".encode()
    )


async def _burst(port: int, connections: int, messages: int, patients: int) -> Json:
    took: list[float] = []

    async def lane(lane_number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for n in range(lane_number, messages, connections):
            began = time.perf_counter()
            writer.write(_message(n * 7919 % patients, f"{connections}-{n}"))
            answer = await reader.readuntil(END + b"\r")
            took.append(time.perf_counter() - began)
            assert b"MSA|AA|" in answer, answer
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(lane(n) for n in range(connections)))
    return {"per_second": messages / (time.perf_counter() - began), **asdict(Latency.of(took))}


async def _beside_heavy(port: int) -> Json:
    """Another sender's messages of no concern (A31) while one of 50,000 segments after the other arrives."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    others = [await asyncio.open_connection("127.0.0.1", port) for _ in range(4)]
    light, took = _message(1, "light").replace(b"A01", b"A31"), list[float]()
    heavy = framed(_message(1, "heavy").replace(b"A01", b"A31")[1:-2] + HEAVY.encode())

    async def send_heavy() -> None:
        for _ in range(20):
            writer.write(heavy)
            await reader.readuntil(END + b"\r")

    sending = asyncio.create_task(send_heavy())
    while not sending.done():
        for other, to in others:
            began = time.perf_counter()
            to.write(light)
            await other.readuntil(END + b"\r")
            took.append(time.perf_counter() - began)
    await sending
    for one in (writer, *(to for _, to in others)):
        one.close()
    return asdict(Latency.of(took))


async def _fill(url: str, patients: int) -> None:
    """So many known people, each with a sheet and a hospital number."""
    db = await asyncpg.connect(url)
    rows = [(f"patient/{uuid5(_IDS, str(n))}", n) for n in range(patients)]
    identity = [(stream, orjson.dumps({"learned": [f"general|{n}"]}).decode()) for stream, n in rows]
    await db.copy_records_to_table("identity", records=identity)
    keys: list[tuple[object, ...]] = [
        (UUID(stream[8:]), None, [], [], [], [f"general|{n}"], None) for stream, n in rows
    ]
    columns = ("patient_id", "birth_date", "families", "givens", "reached_by", "hospital_numbers", "merged_into")
    await db.copy_records_to_table("person_key", records=keys, columns=columns)
    await db.copy_records_to_table("stream", records=[(stream,) for stream, _ in rows], columns=("stream",))
    await db.execute("vacuum analyze")
    await db.close()


async def _open(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
