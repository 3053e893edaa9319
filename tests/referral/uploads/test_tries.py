"""The same list again: with other settings, as of another day, in part, or taking back what it referred before."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from typing import Any

import pytest

from carebus.contracts.referral import ReferralAmended, ReferralCancelled, ReferralReceived
from carebus.testing import Bench, assert_published, set_clock
from services.referral.domain.uploads.standing import document_of, row_id, stated_at
from tests.referral.lists import HEADER, checked, lines, member, referred, sent, standing, table, worked
from tests.referral.samples import NOW
from tests.referral.uploads.cases import case

NDJSON = "application/fhir+ndjson"
NOT_LATER = [{"field": "as_of", "rule": "Give a date that is not in the future."}]
SOMEBODY_ELSE = member(2, **{"First Name": "Orla", "DOB": "1951-12-24"})
ANSI = {"encoding": "windows-1252"}


async def verdicts(clinic: Bench, upload_id: str) -> list[str]:
    return [each["verdict"] for each in await table(clinic, upload_id, "result")]


async def done(clinic: Bench, content: bytes, kind: str = "text/csv", **terms: str) -> tuple[str, list[str]]:
    """The upload of a list that was checked and confirmed, and what became of its rows."""
    found = await checked(clinic, content, kind, **terms)
    await referred(clinic, found["upload_id"])
    return found["upload_id"], await verdicts(clinic, found["upload_id"])


async def references(clinic: Bench, upload_id: str) -> list[str]:
    return [each["reference_number"] for each in await table(clinic, upload_id, "result")]


async def reasons(clinic: Bench, upload_id: str) -> list[str]:
    return [each["reason"] for each in await table(clinic, upload_id, "result")]


async def test_a_second_try_in_another_encoding_is_checked_with_its_own_settings(clinic: Bench) -> None:
    first = await checked(clinic, case("01_excel_csv_ansi.csv"))
    second = await checked(clinic, case("01_excel_csv_ansi.csv"), **ANSI)
    assert [(each["right"], each["wrong"]) for each in (first, second)] == [(1, 1), (2, 0)]


async def test_what_the_first_try_referred_is_received_before_and_never_doubled(clinic: Bench) -> None:
    one, before = await done(clinic, case("01_excel_csv_ansi.csv"))
    two, after = await done(clinic, case("01_excel_csv_ansi.csv"), **ANSI)
    assert (before, after) == (["wrong", "received"], ["received", "received_before"])
    assert (await references(clinic, one))[1] == (await references(clinic, two))[1]
    await assert_published(clinic, ReferralReceived, times=2)


async def test_a_second_try_under_another_plan_or_coverage_is_held_for_the_office(clinic: Bench) -> None:
    rows = lines([[*member(1), "R1"], [*member(2), ""]], [*HEADER, "Reference"])
    one, _ = await done(clinic, rows)
    two, after = await done(clinic, rows, coverage="medicaid")
    three, again = await done(clinic, rows, plan="Red Harbor Health")
    assert (after, again) == (["held", "held"], ["held", "held"])
    assert await references(clinic, one) == await references(clinic, two) == await references(clinic, three)
    result = await table(clinic, two, "result")
    assert {each["settled_by"] for each in result} == {"The office takes it over or turns it down."}
    await assert_published(clinic, ReferralReceived, times=2)


async def test_a_row_of_another_list_is_known_by_its_bytes_also_as_of_another_day(clinic: Bench) -> None:
    set_clock(clinic.clock_file, NOW)
    one, _ = await done(clinic, lines([member(1), member(2)]), as_of="2026-02-01")
    two, after = await done(clinic, lines([member(2), member(3)]), as_of="2026-03-01")
    assert after == ["received_before", "received"]
    assert (await references(clinic, one))[1] == (await references(clinic, two))[0]


async def test_the_latest_list_stands_and_an_earlier_one_can_be_taken_again_as_of_a_later_day(clinic: Bench) -> None:
    set_clock(clinic.clock_file, NOW)
    first, received = await done(clinic, case("24b_ref_amend1.csv"))
    set_clock(clinic.clock_file, NOW + timedelta(hours=1))
    _, amended = await done(clinic, case("24c_ref_amend2.csv"))
    assert received == ["received"] * 3
    assert amended == ["amended", "received_before", "received_before"]

    set_clock(clinic.clock_file, NOW + timedelta(days=1))
    again = await sent(clinic, case("24b_ref_amend1.csv"))
    assert (again.status_code, again.json()["upload_id"]) == (200, first)
    page = await clinic.http.get(f"/uploads/{first}?again=1")
    assert "Take it again" in page.text
    taken = await clinic.http.post(f"/uploads/{first}/again", data={"as_of": "2026-03-03"})
    assert taken.status_code == 303
    later = taken.headers["location"].rpartition("/")[2]
    await worked(clinic)
    await referred(clinic, later)
    assert await verdicts(clinic, later) == ["amended", "received_before", "received_before"]
    *_, event = await assert_published(clinic, ReferralAmended, times=2)
    assert event.diagnoses[0].code == "I50.22"


async def test_a_list_as_of_an_earlier_day_comes_late_and_changes_nothing(clinic: Bench) -> None:
    set_clock(clinic.clock_file, NOW)
    await done(clinic, case("24c_ref_amend2.csv"), as_of="2026-03-01")
    _, late = await done(clinic, case("24b_ref_amend1.csv"), as_of="2026-02-01")
    assert late == ["older", "received_before", "received_before"]
    await assert_published(clinic, ReferralAmended, times=0)


async def test_taking_a_list_again_by_the_api_is_another_try(clinic: Bench) -> None:
    set_clock(clinic.clock_file, NOW)
    first, _ = await done(clinic, case("24b_ref_amend1.csv"))
    taken = [await clinic.http.post(f"/api/uploads/{first}/again", json={"as_of": "2026-03-02"}) for _ in range(2)]
    assert [each.status_code for each in taken] == [201, 200]
    assert len({each.json()["upload_id"] for each in taken}) == 1
    ahead: Any = await clinic.http.post(f"/api/uploads/{first}/again", json={"as_of": "2026-03-03"})
    assert (ahead.status_code, ahead.json()["errors"]) == (422, NOT_LATER)
    await worked(clinic)
    discarded = taken[0].json()["upload_id"]
    await clinic.http.post(f"/api/uploads/{discarded}/discard")
    gone = await clinic.http.post(f"/api/uploads/{discarded}/again", json={"as_of": "2026-03-01"})
    assert (gone.status_code, gone.json()["code"]) == (409, "not_to_be_taken_again")


async def test_a_day_that_has_not_come_is_refused(clinic: Bench) -> None:
    set_clock(clinic.clock_file, NOW)
    refused = await sent(clinic, lines([member(1)]), as_of="2026-03-03")
    assert (refused.status_code, refused.json()["errors"]) == (422, NOT_LATER)


def test_a_list_is_stated_at_the_end_of_its_day_and_never_after_it_was_sent() -> None:
    assert stated_at(None, NOW) == stated_at(NOW.date(), NOW) == NOW
    assert stated_at(date(2026, 3, 1), NOW).isoformat() == "2026-03-02T05:00:00+00:00"
    assert stated_at(date.min, NOW).tzinfo is UTC


async def test_a_row_that_an_older_release_referred_is_known_by_its_bytes(clinic: Bench) -> None:
    one, _ = await done(clinic, lines([member(1)]))
    async with clinic.service.core.database.connection() as db:
        await db.execute("update referral set raw_hash = (select row_hash from arrived_as)")
        await db.execute("update arrived_as set row_hash = null")
    two, after = await done(clinic, lines([member(1), member(2)]))
    assert after == ["received_before", "received"]
    assert await references(clinic, one) == (await references(clinic, two))[:1]


def test_an_upload_of_an_older_release_keeps_the_ids_and_documents_of_its_rows() -> None:
    assert row_id("hash", 3) == row_id("hash", 3, "")
    assert row_id("hash", 3) != row_id("hash", 3, "settings")
    assert document_of("row", "") == "row"
    assert document_of("row", "one") != document_of("row", "other")


WITHDRAWS = [*HEADER, "Reference", "Status"]


@pytest.mark.parametrize("word", ["withdrawn", "Revoked", "Cancelled", "canceled"])
async def test_a_row_takes_back_what_was_referred_under_its_number_where_that_was_ticked(
    clinic: Bench, word: str
) -> None:
    await done(clinic, lines([[*member(1), "R1", ""]], WITHDRAWS))
    found = await checked(clinic, lines([["", *[""] * 11, "R1", word]], WITHDRAWS))
    assert (found["right"], found["changes"]) == (1, {"withdrawal": 1})
    confirmed = await clinic.http.post(f"/api/uploads/{found['upload_id']}/confirm", json={"ticked": ["withdrawal"]})
    assert confirmed.json()["ticked"] == ["withdrawal"]
    await worked(clinic)
    assert await verdicts(clinic, found["upload_id"]) == ["amended"]
    assert await reasons(clinic, found["upload_id"]) == ["It was taken back, and has ended."]
    await assert_published(clinic, ReferralCancelled, times=1)
    once_more, became = await done(clinic, lines([["", *[""] * 11, "R1", word]], WITHDRAWS), as_of="2026-03-01")
    assert (became, await reasons(clinic, once_more)) == (["received_before"], ["It had ended before."])


async def test_without_the_tick_its_cancellation_is_asked_for(clinic: Bench) -> None:
    await done(clinic, lines([[*member(1), "R1", "active"]], WITHDRAWS))
    upload_id, became = await done(clinic, lines([[*member(1), "R1", "entered in error"]], WITHDRAWS))
    assert became == ["held"]
    (row,) = await table(clinic, upload_id, "result")
    assert row["reason"] == "The office was asked to cancel it, and decides on that."
    shown = await clinic.http.get(f"/api/referrals/{row['referral_id']}")
    assert shown.json()["status"] == "cancellation_requested"


async def test_a_row_that_takes_back_an_unknown_number_says_so_and_nothing_is_kept(clinic: Bench) -> None:
    rows = [[*member(1), "R9", "withdrawn"], [*member(2), "", "withdrawn"], [*member(3), "R3", ""]]
    upload_id, became = await done(clinic, lines(rows, WITHDRAWS))
    assert became == ["not_received", "wrong", "received"]
    unknown, numberless, _ = await table(clinic, upload_id, "result")
    assert "nothing to withdraw" in unknown["reason"]
    assert numberless["reason"].startswith("Reference: Give your own number")
    await assert_published(clinic, ReferralReceived, times=1)


async def test_a_number_of_somebody_else_is_a_conflict(clinic: Bench) -> None:
    await done(clinic, lines([[*member(1), "R1"]], [*HEADER, "Reference"]))
    upload_id, became = await done(clinic, lines([[*SOMEBODY_ELSE, "R1"]], [*HEADER, "Reference"]))
    assert became == ["conflict"]
    (row,) = (await clinic.http.get(f"/api/uploads/{upload_id}/rows")).json()["items"]
    assert (row["row"], row["outcome"], row["reference"], row["member_id"]) == (2, "conflict", "R1", "M0000002")
    assert "belongs to a referral of somebody" in row["reason"]


async def test_changes_to_people_known_here_are_counted_and_only_what_is_ticked_counts(clinic: Bench) -> None:
    header = [*HEADER, "Reference", "Phone"]
    await done(clinic, lines([[*member(n), f"R{n}", "413-555-0100"] for n in (1, 2, 3)], header))
    rows = [
        [*member(1), "R1", "413-555-0999"],
        [*member(2, Dx1="I50.22", **{"Member ID": "M77"}), "R2", "413-555-0999"],
        [*member(3), "R3", "413-555-0100"],
        [*member(4), "R4", "413-555-0100"],
    ]
    found = await checked(clinic, lines(rows, header))
    assert found["changes"] == {"reach": 2, "coverage": 1, "clinical": 1}
    page = (await clinic.http.get(f"/uploads/{found['upload_id']}")).text
    assert 'name="ticked" value="reach"' in page
    assert "checked" not in page.split('value="reach"')[1].split(">")[0]
    await clinic.http.post(f"/uploads/{found['upload_id']}/confirm", data={"ticked": ["reach"]})
    await worked(clinic)
    assert await verdicts(clinic, found["upload_id"]) == ["amended", "held", "received_before", "received"]
    stood = await standing(clinic, found["upload_id"])
    assert stood["ticked"] == ["reach"]
    refused = await clinic.http.post(f"/api/uploads/{found['upload_id']}/confirm", json={"ticked": ["hair"]})
    assert refused.status_code == 422


async def test_a_pretty_printed_bundle_gets_one_sentence(clinic: Bench) -> None:
    found = await checked(clinic, case("pretty_printed.ndjson"), NDJSON)
    assert (found["stage"], found["rows"]) == ("unreadable", 0)
    assert "Write one Bundle a line." in found["unreadable"]


async def test_an_order_that_says_one_thing_twice_is_refused_with_its_place(clinic: Bench) -> None:
    found = await checked(clinic, case("dup_key.ndjson"), NDJSON)
    assert (found["rows"], found["right"]) == (1, 0)
    (problem,) = await table(clinic, found["upload_id"], "problems")
    assert problem["row"] == "1"
    assert problem["column"].endswith("resource.birthDate")


async def test_an_order_that_its_sender_withdrew_withdraws_what_was_received_as_active(clinic: Bench) -> None:
    revoked = case("revoked.ndjson")
    unknown, became = await done(clinic, revoked, NDJSON)
    assert became == ["not_received"]
    assert "nothing to withdraw" in (await table(clinic, unknown, "result"))[0]["reason"]
    await assert_published(clinic, ReferralReceived, times=0)

    _, became = await done(clinic, revoked.replace(b'"status": "revoked"', b'"status": "active"'), NDJSON)
    assert became == ["received"]
    found = await checked(clinic, revoked, NDJSON, plan="Red Harbor Health")
    assert found["changes"] == {"withdrawal": 1}
    await clinic.http.post(f"/api/uploads/{found['upload_id']}/confirm", json={"ticked": ["withdrawal"]})
    await worked(clinic)
    assert await verdicts(clinic, found["upload_id"]) == ["amended"]
    await assert_published(clinic, ReferralCancelled, times=1)


@pytest.mark.parametrize(
    ("file", "shown"),
    [
        ("11_header_two_phones.csv", {"Home Phone": "413-555-0101"}),
        ("36_pcp_and_referring.csv", {"Provider Phone": "413-555-0199", "PCP": "Dr A"}),
    ],
)
async def test_what_has_no_field_is_shown_under_also_stated_on_the_referrals_page(
    clinic: Bench, file: str, shown: dict[str, str]
) -> None:
    upload_id, became = await done(clinic, case(file))
    assert became == ["received"]
    (row,) = await table(clinic, upload_id, "result")
    page = (await clinic.http.get(f"/referrals/{row['referral_id']}")).text
    also = page.split("Also stated", 1)[1]
    for heading, words in shown.items():
        assert heading in also
        assert words in also
