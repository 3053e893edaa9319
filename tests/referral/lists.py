"""Lists of members for tests: as a plan's system writes them, and the worker that checks and refers them."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import httpx
import orjson

from carebus.testing import Bench
from deploy.local.synthea import Sample
from services.referral.api.workflow.stating import receiving, withdrawing
from services.referral.channels.fhir.writing import bundle_of
from services.referral.channels.uploads.taking import UPLOADS
from services.referral.channels.uploads.working import uploading
from services.referral.domain import DirectReferral
from services.referral.store.uploads import files as uploads

HEADER = (
    "Member ID",
    "First Name",
    "Last Name",
    "DOB",
    "Gender",
    "Address",
    "City",
    "State",
    "Zip",
    "Dx1",
    "Dx2",
    "Favourite color",
)
PLAN = {"plan": "Blue Harbor Health", "coverage": "medicare"}
SAMPLE_HEADER = (
    "member_id",
    "payer_name",
    "payer_kind",
    "given_name",
    "family_name",
    "birth_date",
    "sex",
    "street",
    "city",
    "state",
    "postal_code",
    "diagnosis_codes",
    "priority",
    "on_hospice",
    "died_on",
)


def member(n: int, **changes: str) -> list[str]:
    """The nth member of a plan; `changes` by heading."""
    row = (
        f"M{n:07}",
        f"Given{_letters(n)}",
        f"Family{_letters(n * 7)}",
        f"{1930 + n % 30}-0{1 + n % 9}-1{n % 10}",
        "FM"[n % 2],
        f"{n} Larch Way",
        "Lynn",
        "MA",
        "01901",
        ("I50.22", "J44.9", "C34.90")[n % 3],
        "",
        "green",
    )
    return [changes.get(name, cell) for name, cell in zip(HEADER, row, strict=True)]


def _letters(n: int) -> str:
    return "".join(chr(ord("a") + n // 26**place % 26) for place in range(4))


def lines(rows: Iterable[Sequence[object]], header: Sequence[str] = HEADER) -> bytes:
    """A list as CSV."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *rows])
    return text.getvalue().encode()


def sample_as_csv() -> tuple[bytes, int]:
    """Everyone in the sample as a plan would list them, and how many they are."""
    people = Sample().patients()
    return lines(map(_sample_row, people), SAMPLE_HEADER), len(people)


def _sample_row(one: Any) -> list[object]:
    stated = one.referral()
    person, payer = stated["patient"], stated["payer"] or {}
    codes = "; ".join(each["code"] for each in stated["diagnoses"])
    at = person["address"]
    told = {True: "yes", False: "no", None: ""}[stated["on_hospice"]]
    return [
        payer.get("member_id") or "",
        payer.get("name", ""),
        payer.get("kind", ""),
        person["given_name"],
        person["family_name"],
        person["birth_date"],
        person["sex"],
        at["street"],
        at["city"],
        at["state"],
        at["postal_code"],
        codes,
        stated["priority"],
        told,
        stated["died_on"] or "",
    ]


def sample_as_ndjson() -> tuple[bytes, int]:
    """Everyone in the sample as FHIR, one Bundle a line."""
    now = Sample().opens_at
    stated = [DirectReferral.stated(one.referral(), now) for one in Sample().patients()]
    return b"\n".join(orjson.dumps(bundle_of(each)) for each in stated), len(stated)


async def sent(clinic: Bench, content: bytes, kind: str = "text/csv", **terms: str) -> httpx.Response:
    """Send a list to the JSON API."""
    return await clinic.http.post(
        "/api/uploads", params={**PLAN, **terms}, content=content, headers={"Content-Type": kind}
    )


async def checked(clinic: Bench, content: bytes, kind: str = "text/csv", **terms: str) -> dict[str, Any]:
    """How a list stands when the worker has looked at it."""
    answer = await sent(clinic, content, kind, **terms)
    assert answer.status_code == 201, answer.text
    await worked(clinic)
    return await standing(clinic, answer.json()["upload_id"])


async def referred(clinic: Bench, upload_id: str) -> dict[str, Any]:
    """How a list stands when it was confirmed and the worker is through."""
    confirmed = await clinic.http.post(f"/api/uploads/{upload_id}/confirm")
    assert confirmed.status_code == 200, confirmed.text
    await worked(clinic)
    return await standing(clinic, upload_id)


async def standing(clinic: Bench, upload_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await clinic.http.get(f"/api/uploads/{upload_id}")).json()
    return found


async def table(clinic: Bench, upload_id: str, name: str) -> list[dict[str, str]]:
    """The rows of a file to download: `problems` or `result`."""
    answer = await clinic.http.get(f"/api/uploads/{upload_id}/{name}")
    assert "attachment" in answer.headers["content-disposition"]
    return list(_read(answer.text))


def _read(text: str) -> Iterator[dict[str, str]]:
    yield from csv.DictReader(io.StringIO(text))


async def worked(clinic: Bench) -> None:
    """Let the worker work until nothing waits for it."""
    parts, stop = clinic.service.app.state.parts, asyncio.Event()

    async def work() -> None:
        with parts.notices.work(UPLOADS).doing(stop):
            await uploading(receiving, withdrawing)(parts, stop)

    working = asyncio.ensure_future(work())
    try:
        while True:
            async with clinic.service.core.database.connection() as db:
                if working.done() or not await uploads.waiting_uploads(db):
                    break
            await asyncio.sleep(0.02)
    finally:
        stop.set()
        await working
