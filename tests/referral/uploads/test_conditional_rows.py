"""A row that is a conditional create changes nothing where its order is there already, and says what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
import pytest

from carebus.contracts.referral import ReferralAmended, ReferralChangeHeld, ReferralReceived
from carebus.storage.database import Connection
from carebus.testing import Bench, assert_published
from services.referral.channels.uploads import referring
from services.referral.channels.uploads.conditions import There, met
from services.referral.channels.uploads.knowing import Row
from tests.referral.fhir.test_fhir import resources, sent
from tests.referral.fhir.test_search import conditional, numbered
from tests.referral.lists import checked, referred, table

NDJSON = "application/fhir+ndjson"
ORD_1 = "identifier=urn:oid:1.2.3|ORD-1"


async def results(clinic: Bench, *bundles: Any) -> list[dict[str, str]]:
    """What became of a list with these Bundles."""
    found = await checked(clinic, b"\n".join(map(orjson.dumps, bundles)), NDJSON)
    await referred(clinic, found["upload_id"])
    return await table(clinic, found["upload_id"], "result")


async def unchanged(clinic: Bench, received: int) -> None:
    for kind, times in ((ReferralReceived, received), (ReferralAmended, 0), (ReferralChangeHeld, 0)):
        await assert_published(clinic, kind, times=times)


async def test_a_row_whose_order_is_there_already_changes_nothing_and_says_so(clinic: Bench) -> None:
    task = resources(await sent(clinic, conditional(ORD_1, "routine")))["Task"]
    found = await checked(clinic, orjson.dumps(conditional(ORD_1)), NDJSON)
    assert found["changes"] == {}
    await referred(clinic, found["upload_id"])
    [row] = await table(clinic, found["upload_id"], "result")
    assert (row["verdict"], row["referral_id"]) == ("received_before", task["id"])
    assert row["reason"] == "An order that fits ifNoneExist is there already: nothing was changed."
    await unchanged(clinic, received=1)
    kept = (await clinic.http.get(f"/api/referrals/{task['id']}/arrived")).json()
    assert kept["entry"][0]["resource"]["priority"] == "routine"


async def test_rows_of_one_list_with_one_condition_are_one_order(clinic: Bench) -> None:
    rows = await results(clinic, *(conditional(ORD_1, each) for each in ("routine", "urgent", "urgent")))
    assert [each["verdict"] for each in rows] == ["received", "received_before", "received_before"]
    assert len({each["referral_id"] for each in rows}) == 1
    await unchanged(clinic, received=1)


async def test_a_condition_is_met_by_the_number_that_it_names_and_not_by_a_part_of_it(clinic: Bench) -> None:
    written = "identifier=urn%3Aoid%3A1.2.3%7CA%5C%2C1"  # A,1 as an address has it
    rows = await results(clinic, numbered("A,1"), numbered("A"), conditional(written, value="A,1"))
    assert [each["verdict"] for each in rows] == ["received", "received", "received_before"]
    assert rows[2]["referral_id"] == rows[0]["referral_id"]


async def test_an_order_that_is_created_while_a_row_is_referred_is_found_before_the_row_is_kept(
    clinic: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = resources(await sent(clinic, conditional(ORD_1, "routine")))["Task"]
    too_early = [There()]

    async def looked(db: Connection, rows: Sequence[Row]) -> There:
        return too_early.pop() if too_early else await met(db, rows)

    monkeypatch.setattr(referring, "met", looked)
    [row] = await results(clinic, conditional(ORD_1))
    assert not too_early
    assert (row["verdict"], row["referral_id"]) == ("received_before", task["id"])
    await unchanged(clinic, received=1)


async def test_a_row_whose_condition_fits_several_is_refused_and_says_so(clinic: Bench) -> None:
    for system in ("urn:a", "urn:b"):
        await sent(clinic, numbered("X1", system))
    [row] = await results(clinic, conditional("identifier=X1", value="X2"))
    assert (row["verdict"], row["reference_number"]) == ("not_received", "")
    assert row["reason"] == "More than one order is there already: name the one that is meant."
    await unchanged(clinic, received=2)


async def test_a_row_whose_condition_fits_none_is_received_and_one_that_can_not_be_looked_for_is_wrong(
    clinic: Bench,
) -> None:
    rows = await results(clinic, conditional(ORD_1), conditional("subject=Patient/1", value="X2"))
    assert [each["verdict"] for each in rows] == ["received", "wrong"]
    assert rows[1]["reason"].startswith("Bundle.entry[0].request.ifNoneExist: Give a search by identifier")
