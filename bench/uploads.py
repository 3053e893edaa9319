"""A list of fifty thousand members through the real service, and one row beside it: what each step and turn takes."""

from __future__ import annotations

import asyncio
import csv
import io
import time
from collections.abc import AsyncIterator

import httpx

from bench import real
from bench.ground import LIMIT_S, Servers, TookTooLong
from bench.saying import Json, Say
from bench.usage import resident_mib, usage_of
from carebus.testing import people

ROWS = 50_000
BESIDE = 90_000_000
"""The number of the member in the list of one row: none of the large list."""
PLACE = "/api/uploads"
HEADER = (
    "member_id",
    "given_name",
    "family_name",
    "birth_date",
    "sex",
    "street",
    "city",
    "state",
    "zip",
    "dx1",
    "phone",
)
TERMS = {"plan": "Blue Harbor Health", "coverage": "medicare"}
CODES = ("I50.22", "J44.9", "C34.90", "G30.9", "F32.9")


async def measure(made: Servers, scale: float, say: Say) -> Json:
    """One list, from its first byte to the last referral committed."""
    rows = max(200, int(ROWS * scale))
    async with real.clinic(made, ["referral"]) as clinic:
        port, pid = clinic.ports["referral"], clinic.pids["referral"]
        idle, before = resident_mib(pid), usage_of([pid]).cpu
        base = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(trust_env=False, headers=people.bearer(), base_url=base, timeout=60) as client:
            steps = [await _taken(_sent(client, range(rows)))]
            upload_id = steps[0][1]
            checked, to_check = await asyncio.gather(
                _taken(_until(client, upload_id, "checked")), _taken(_checked_beside(client))
            )
            await client.post(f"{PLACE}/{upload_id}/confirm")
            referred, to_refer = await asyncio.gather(
                _taken(_until(client, upload_id, "done")), _taken(_referred_beside(client, to_check[1]))
            )
            steps += [checked, referred]
            found = (await client.get(f"{PLACE}/{upload_id}")).json()
        used = usage_of([pid])
    if found["done"] != rows:
        raise TookTooLong
    lines = dict(zip(("taken in", "checked", "referred"), (seconds for seconds, _ in steps), strict=True))
    for name, seconds in lines.items():
        say(f"  {name}: {rows / seconds:,.0f} rows/s")
    waits = {"checked": to_check[0], "referred": to_refer[0]}
    for name, seconds in waits.items():
        say(f"  one row beside it {name} after {seconds:.1f} s")
    told = {"beside_s": waits, "bytes": found["bytes"], "idle_mib": idle, "peak_mib": used.peak_mib}
    return {"rows": rows, "lines": lines, "cpu_us": 1e6 * (used.cpu - before) / rows, **told}


async def _taken(step: object) -> tuple[float, str]:
    began = time.perf_counter()
    found = await step  # type: ignore[misc]  # a coroutine that gives a text
    return time.perf_counter() - began, found


async def _checked_beside(client: httpx.AsyncClient) -> str:
    """A list of one row, sent while the large one is checked, until it is checked."""
    return await _until(client, await _sent(client, range(BESIDE, BESIDE + 1)), "checked")


async def _referred_beside(client: httpx.AsyncClient, upload_id: str) -> str:
    """The same list, confirmed after the large one, until it is done."""
    await client.post(f"{PLACE}/{upload_id}/confirm")
    return await _until(client, upload_id, "done")


async def _sent(client: httpx.AsyncClient, rows: range) -> str:
    answer = await client.post(PLACE, params=TERMS, content=_list(rows), headers={"Content-Type": "text/csv"})
    answer.raise_for_status()
    return str(answer.json()["upload_id"])


async def _until(client: httpx.AsyncClient, upload_id: str, stage: str) -> str:
    deadline = time.monotonic() + LIMIT_S
    while (await client.get(f"{PLACE}/{upload_id}")).json()["stage"] != stage:
        if time.monotonic() > deadline:
            raise TookTooLong
        await asyncio.sleep(0.1)
    return upload_id


async def _list(rows: range) -> AsyncIterator[bytes]:
    """The list, made as it is sent."""
    yield _written([HEADER])
    for first in range(0, len(rows), 500):
        yield _written([_member(n) for n in rows[first : first + 500]])


def _member(n: int) -> tuple[str, ...]:
    name = "".join(chr(ord("a") + n // 26**place % 26) for place in range(4))
    born = f"{1925 + n % 40}-{1 + n % 12:02}-{1 + n % 28:02}"
    return (
        f"M{n:08}",
        f"Given{name}",
        f"Family{name[::-1]}",
        born,
        "FM"[n % 2],
        f"{n} Larch Way",
        "Lynn",
        "MA",
        "01901",
        CODES[n % 5],
        f"413-{n % 1000:03}-{n // 1000:04}",
    )


def _written(rows: list[tuple[str, ...]]) -> bytes:
    lines = io.StringIO(newline="")
    csv.writer(lines).writerows(rows)
    return lines.getvalue().encode()
