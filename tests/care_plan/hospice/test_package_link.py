"""The private page of a package: the date of birth opens it, a name is the receipt, and nothing else gets through."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest

from carebus.contracts.care_plan import HospicePackageReceived, HospicePackageSent
from carebus.ids import new_id
from carebus.testing import Bench, assert_published
from carebus.web.private_links import PrivateLinks
from tests.care_plan.documents.visited import BORN, HTML, SECRET, clinic
from tests.care_plan.hospice.test_hospice_pages import elect, in_care, send, shown, wants_comfort

LINKS = PrivateLinks(SECRET, "/hospice-package")


@pytest.fixture
async def bench(postgres_url: str, tmp_path: Path) -> AsyncIterator[Bench]:
    """The service with private links."""
    async with clinic(postgres_url, tmp_path) as found:
        yield found


async def package(bench: Bench) -> tuple[UUID, str]:
    """A package of somebody in hospice: the patient, and its private page."""
    patient = await in_care(bench)
    await wants_comfort(bench, patient)
    await elect(bench, patient)
    await send(bench, patient, "send-package", to="M. Ortiz, RN", how="by Direct")
    (told,) = await assert_published(bench, HospicePackageSent, patient=patient, times=1)
    return patient, LINKS.address(told.package_id)


async def types(bench: Bench, path: str, **fields: str) -> httpx.Response:
    """A form of the private page."""
    return await bench.http.post(path, data=fields, headers=HTML)


async def looks(bench: Bench, path: str) -> httpx.Response:
    """A look at the private page."""
    return await bench.http.get(path, headers=HTML)


async def test_the_date_of_birth_opens_it_and_a_name_is_the_receipt(bench: Bench) -> None:
    patient, link = await package(bench)
    assert link in await shown(bench, f"/patients/{patient}/hospice")
    before = await looks(bench, link)
    assert before.status_code == 200
    assert "Almeida" not in before.text
    assert (await types(bench, f"{link}/received", received_by="M. Ortiz")).status_code == 303
    await assert_published(bench, HospicePackageReceived, patient=patient, times=0)
    assert (await types(bench, f"{link}/open", birth_date=BORN)).status_code == 303
    opened = await looks(bench, link)
    assert "Rosa Almeida" in opened.text
    assert "No more hospitals." in opened.text
    assert "noindex" in opened.headers["x-robots-tag"]
    file = await bench.http.get(f"{link}/package.pdf")
    assert file.content.startswith(b"%PDF")
    assert (await types(bench, f"{link}/received", received_by=" ")).status_code == 422
    for _ in range(2):
        sent = {"received_by": "M. Ortiz, RN", "idempotency_key": str(new_id())}
        assert (await types(bench, f"{link}/received", **sent)).status_code == 303
    (told,) = await assert_published(bench, HospicePackageReceived, patient=patient, times=1)
    assert told.received_by == "M. Ortiz, RN"
    assert "Thank you" in (await looks(bench, link)).text
    assert "M. Ortiz, RN" in await shown(bench, f"/patients/{patient}/hospice")
    await types(bench, f"{link}/close")
    assert "Almeida" not in (await looks(bench, link)).text


async def test_five_wrong_dates_lock_it(bench: Bench) -> None:
    _, link = await package(bench)
    assert (await types(bench, f"{link}/open", birth_date="yesterday")).status_code == 422
    for left in (4, 3, 2, 1):
        assert f"try {left} more time" in (await types(bench, f"{link}/open", birth_date="1948-05-18")).text
    assert (await types(bench, f"{link}/open", birth_date="1948-05-18")).status_code == 429
    assert (await types(bench, f"{link}/open", birth_date=BORN)).status_code == 429
    assert "Almeida" not in (await looks(bench, link)).text


async def test_it_ends_when_the_package_is_withdrawn_or_old(bench: Bench) -> None:
    patient, link = await package(bench)
    (told,) = await assert_published(bench, HospicePackageSent, patient=patient, times=1)
    await bench.passes(days=89)
    assert (await looks(bench, link)).status_code == 200
    await bench.passes(days=2)
    assert (await looks(bench, link)).status_code == 404
    await send(bench, patient, "send-package", to="M. Ortiz, RN", how="by fax")
    *_, newer = await assert_published(bench, HospicePackageSent, patient=patient, times=2)
    other = LINKS.address(newer.package_id)
    assert (await looks(bench, other)).status_code == 200
    await send(bench, patient, "withdraw", entry_id=newer.package_id, because="The fax was out of paper.")
    assert (await looks(bench, other)).status_code == 404
    assert told.package_id != newer.package_id


@pytest.mark.parametrize("of", ["id", "another secret", "nothing", "a summary"])
async def test_no_link_is_made_of_an_id_alone(bench: Bench, of: str) -> None:
    patient, _ = await package(bench)
    (told,) = await assert_published(bench, HospicePackageSent, patient=patient, times=1)
    paths = {
        "id": f"/hospice-package/{told.package_id}",
        "another secret": PrivateLinks("x" * 40, "/hospice-package").address(told.package_id),
        "nothing": LINKS.address(uuid4()),
        "a summary": PrivateLinks(SECRET, "/summary").address(told.package_id),
    }
    assert (await looks(bench, paths[of])).status_code == 404
