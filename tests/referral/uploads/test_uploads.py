"""A health plan's list: nobody is referred before it was looked at, then everybody whose row is right, each once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import pytest

from carebus.contracts.referral import ReferralAmended, ReferralReceived
from carebus.ids import new_id
from carebus.testing import Bench, assert_published, set_clock
from deploy.local.synthea import Sample
from tests.referral import lists
from tests.referral.lists import HEADER, checked, lines, member, referred, sent, standing, table


async def test_a_list_is_looked_at_first_and_names_what_is_wrong_by_row_and_column(clinic: Bench) -> None:
    rows = [
        member(1),
        member(2, DOB="1941-13-01"),
        member(3, DOB="2031-01-01", Gender="green"),
        member(4, **{"Last Name": ""}),
        member(5, Dx1="", Dx2=""),
        [*member(6), "and more"],
        member(7, **{"Member ID": "1.23E+11"}),
    ]
    found = await checked(clinic, lines(rows))
    assert (found["stage"], found["rows"], found["right"], found["wrong"]) == ("checked", 7, 1, 6)
    assert found["unread_columns"] == ["Favourite color"]
    said = {(each["row"], each["column"]) for each in await table(clinic, found["upload_id"], "problems")}
    assert said == {
        ("3", "DOB"),
        ("4", "DOB"),
        ("4", "Gender"),
        ("5", "Last Name"),
        ("6", "Dx1"),
        ("7", ""),
        ("8", "Member ID"),
    }
    assert {
        (each["column"], each["rows"], each["first_row"]) for each in found["rules_broken"] if each["column"] == "DOB"
    } == {
        ("DOB", 1, 3),
        ("DOB", 1, 4),
    }
    await assert_published(clinic, ReferralReceived, times=0)


async def test_what_is_right_is_referred_and_every_row_is_in_the_result(clinic: Bench) -> None:
    rows = [member(1), member(2, DOB="nonsense"), member(3, Dx1="F32.9")]
    found = await referred(clinic, (await checked(clinic, lines(rows)))["upload_id"])
    assert (found["stage"], found["done"], found["refused"], found["wrong"]) == ("done", 2, 0, 1)
    result = await table(clinic, found["upload_id"], "result")
    assert [(each["row"], each["verdict"], each["eligible"]) for each in result] == [
        ("2", "received", "yes"),
        ("3", "wrong", ""),
        ("4", "received", "no"),
    ]
    assert "DOB: " in result[1]["reason"]
    events = await assert_published(clinic, ReferralReceived, times=2)
    assert {str(each.batch_id) for each in events} == {found["upload_id"]}
    assert len({each.raw_hash for each in events}) == 2
    first = events[0]
    assert (first.channel, first.referrer.organization, first.referrer.kind) == (
        "plan_batch",
        lists.PLAN["plan"],
        "health_plan",
    )
    assert first.payer is not None
    assert (first.payer.name, first.payer.kind, first.payer.member_id) == (lists.PLAN["plan"], "medicare", "M0000001")
    shown = await clinic.http.get(f"/api/referrals/{result[0]['referral_id']}")
    assert shown.json()["reference"] == result[0]["reference_number"]


async def test_taking_a_result_away_is_an_export_of_whom_it_names(clinic: Bench) -> None:
    some = await checked(clinic, lines([member(1), member(2), member(3, DOB="x")]))
    found = await referred(clinic, some["upload_id"])
    first, *_ = await table(clinic, found["upload_id"], "result")
    await clinic.http.get(f"/api/referrals/{first['referral_id']}/arrived")
    async with clinic.service.core.database.connection() as db:
        told = await db.fetch(
            "select content::jsonb ->> 'name' as name, jsonb_array_length(content::jsonb -> 'patients') as many"
            " from audit_pending where content::jsonb ->> 'kind' = 'export' order by position"
        )
    assert [(row["name"].rpartition("/")[2], row["many"]) for row in told] == [("result", 2), ("arrived", 1)]


async def test_the_same_file_is_the_same_list_also_when_it_comes_twice_at_once(clinic: Bench) -> None:
    content = lines([member(1)])
    answers = await asyncio.gather(*(sent(clinic, content) for _ in range(3)))
    assert sorted(each.status_code for each in answers) == [200, 200, 201]
    (upload_id,) = {each.json()["upload_id"] for each in answers}
    await lists.worked(clinic)
    await referred(clinic, upload_id)
    again = await sent(clinic, content)
    assert (again.status_code, again.json()["again"], again.json()["stage"]) == (200, True, "done")
    await referred(clinic, upload_id)
    await assert_published(clinic, ReferralReceived, times=1)


async def test_a_discarded_list_leaves_nothing_and_may_come_again(clinic: Bench) -> None:
    content = lines([member(1)])
    upload_id = (await checked(clinic, content))["upload_id"]
    assert (await clinic.http.post(f"/api/uploads/{upload_id}/discard")).json()["stage"] == "discarded"
    async with clinic.service.core.database.connection() as db:
        assert (
            await db.fetchval("select count(*) from upload_chunk")
            == await db.fetchval("select count(*) from upload_row")
            == 0
        )
    refused = await clinic.http.post(f"/api/uploads/{upload_id}/confirm")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_to_be_done")
    assert (await sent(clinic, content)).status_code == 201


async def test_what_is_done_is_not_discarded(clinic: Bench) -> None:
    upload_id = (await checked(clinic, lines([member(1)])))["upload_id"]
    await referred(clinic, upload_id)
    refused = await clinic.http.post(f"/api/uploads/{upload_id}/discard")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_to_be_discarded")


@pytest.mark.parametrize(
    ("content", "terms", "stage", "name"),
    [
        (lines([member(1, **{"Last Name": "Núñez"})]), {}, "checked", "Núñez"),
        (b"\xef\xbb\xbf" + lines([member(1, **{"Last Name": "Núñez"})]), {}, "checked", "Núñez"),
        (
            lines([member(1, **{"Last Name": "Núñez"})]).decode().encode("cp1252"),
            {"encoding": "windows-1252"},
            "checked",
            "Núñez",
        ),
        (lines([member(1, **{"Last Name": "Núñez"})]).replace(b",", b";"), {}, "checked", "Núñez"),
        (
            lines([member(1, **{"Last Name": "Núñez"})]).replace(b",", b"\t").replace(b"\r\n", b"\n"),
            {},
            "checked",
            "Núñez",
        ),
        (lines([member(1, **{"Last Name": 'Nú\r\n"ñ"ez, the'})]), {}, "checked", None),
        (lines([member(1, **{"Last Name": "Núñez"})]).decode().encode("cp1252"), {}, "checked", None),
        (lines([member(1)]).decode().encode("utf-16"), {}, "unreadable", None),
        (b"\0\1\2" * 100, {}, "unreadable", None),
        (b"x" * 900_000, {}, "unreadable", None),
        (lines([], [*HEADER, "dob"]), {}, "unreadable", None),
        (lines([], HEADER[2:]), {}, "unreadable", None),
        (b"\r\n\r\n", {}, "unreadable", None),
    ],
)
async def test_files_are_read_as_they_are_written_or_refused_clearly(
    clinic: Bench, content: bytes, terms: dict[str, str], stage: str, name: str | None
) -> None:
    found = await checked(clinic, content, **terms)
    assert found["stage"] == stage
    assert bool(found["unreadable"]) is (stage == "unreadable")
    if stage == "checked":
        assert found["right"] == (1 if name else 0)
    if name:
        await referred(clinic, found["upload_id"])
        (event,) = await assert_published(clinic, ReferralReceived, times=1)
        assert event.patient.family_name == name


async def test_a_quotation_mark_that_nothing_closes_costs_its_own_row_only(clinic: Bench) -> None:
    rows = lines([member(n) for n in range(1, 200)]).replace(b"Given" + b"dcaa", b'"Open')
    assert rows.count(b'"Open') == 1
    found = await checked(clinic, rows)
    assert (found["rows"], found["wrong"]) == (199, 1)


async def test_an_empty_file_or_one_of_another_kind_is_refused(clinic: Bench) -> None:
    assert (await sent(clinic, b"")).json()["code"] == "file_unreadable"
    assert (await sent(clinic, b"x", "application/pdf")).status_code == 415
    assert (await sent(clinic, lines([]), plan=" ")).status_code == 422
    async with clinic.service.core.database.connection() as db:
        assert await db.fetchval("select count(*) from upload") == 0


async def test_a_file_that_is_cut_off_or_too_large_leaves_nothing(
    clinic: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut() -> AsyncIterator[bytes]:
        yield lines([member(1)])
        raise ConnectionResetError

    monkeypatch.setattr("services.referral.api.uploads.lists.UploadRoute.MOST", 3_000_000)
    with pytest.raises(ConnectionResetError):
        await clinic.http.post("/api/uploads", params=lists.PLAN, content=cut(), headers={"Content-Type": "text/csv"})
    large = await sent(clinic, b"x" * 3_100_000)
    assert (large.status_code, large.json()["code"]) == (413, "body_too_large")
    async with clinic.service.core.database.connection() as db:
        assert (
            await db.fetchval("select count(*) from upload")
            == await db.fetchval("select count(*) from upload_chunk")
            == 0
        )


async def test_ndjson_is_one_bundle_a_line_and_wrong_ones_are_named_by_place(clinic: Bench) -> None:
    set_clock(clinic.clock_file, Sample().opens_at)
    content, people = lists.sample_as_ndjson()
    broken = content.replace(b'"birthDate":"19', b'"birthDate":"39', 1) + b"\n{}\nnonsense\n"
    found = await checked(clinic, broken, "application/fhir+ndjson")
    assert (found["rows"], found["wrong"]) == (people + 2, 3)
    places = [each["column"] for each in await table(clinic, found["upload_id"], "problems")]
    assert places == ["Bundle.entry[2].resource.birthDate", "Bundle", "Bundle"]


@pytest.mark.parametrize("kind", ["text/csv", "application/fhir+ndjson"])
async def test_the_whole_sample_is_referred_as_a_list_with_the_verdicts_of_the_files(clinic: Bench, kind: str) -> None:
    set_clock(clinic.clock_file, Sample().opens_at)
    content, people = lists.sample_as_csv() if kind == "text/csv" else lists.sample_as_ndjson()
    found = await checked(clinic, content, kind)
    assert (found["rows"], found["wrong"]) == (people, 0)
    done = await referred(clinic, found["upload_id"])
    assert (done["done"], done["refused"]) == (people, 0)
    told = Counter(each["eligible"] for each in await table(clinic, found["upload_id"], "result"))
    assert told == {"yes": 104, "no": 49}


async def test_the_row_that_a_referral_was_read_from_is_kept_as_it_came(clinic: Bench) -> None:
    content = lines([member(1), member(2, **{"First Name": 'An,\r\n"na"'})])
    found = await checked(clinic, content.replace(b'"An,\r\n""na"""', b'"An, ""na"""'))
    await referred(clinic, found["upload_id"])
    *_, last = await table(clinic, found["upload_id"], "result")
    kept = await clinic.http.get(f"/api/referrals/{last['referral_id']}/arrived")
    header, row = kept.content.splitlines()
    assert (header, row) == (
        lines([]).splitlines()[0],
        lines([member(2, **{"First Name": 'An, "na"'})]).splitlines()[1],
    )
    assert kept.headers["etag"] == f'"{sha256(row).hexdigest()}"'


async def test_an_unknown_upload_is_not_found(clinic: Bench) -> None:
    for at in ("", "/problems", "/result"):
        assert (await clinic.http.get(f"/api/uploads/{new_id()}{at}")).status_code == 404
    assert (await clinic.http.post(f"/api/uploads/{new_id()}/confirm")).status_code == 404


async def test_the_template_is_read_whole(clinic: Bench) -> None:
    header = (await clinic.http.get("/api/uploads/template")).content
    found = await checked(clinic, header)
    assert (found["stage"], found["unread_columns"], found["rows"]) == ("checked", [], 0)
    assert (await standing(clinic, found["upload_id"]))["right"] == 0


async def test_a_list_of_nobody_is_not_confirmed(clinic: Bench) -> None:
    found = await checked(clinic, lines([member(1, DOB="")]))
    refused: Any = await clinic.http.post(f"/api/uploads/{found['upload_id']}/confirm")
    assert refused.status_code == 409


async def test_stage_and_function_are_read_where_a_list_has_them(clinic: Bench) -> None:
    header = [*HEADER, "NYHA", "LVEF", "IP Admits", "CHF admission", "Plan ID"]
    rows = [[*member(1), "3", "25", "2", "yes", "H1234"], [*member(2), "7", "", "", "", ""]]
    found = await checked(clinic, lines(rows, header))
    assert [each["column"] for each in await table(clinic, found["upload_id"], "problems")] == ["NYHA"]
    await referred(clinic, found["upload_id"])
    (event,) = await assert_published(clinic, ReferralReceived, times=1)
    assert event.clinical is not None
    assert event.payer is not None
    stated = event.clinical
    assert (stated.nyha_class, stated.ejection_fraction, stated.hospital_stays_12m) == (3, 25, 2)
    assert (stated.heart_failure_admission, event.payer.plan_id) == (True, "H1234")


async def test_a_row_that_came_before_is_the_referral_it_was_and_one_with_its_number_amends_it(clinic: Bench) -> None:
    header, one, two = [*HEADER, "Reference"], [*member(1), "R1"], [*member(2), "R2"]
    first = await referred(clinic, (await checked(clinic, lines([one, two, one], header)))["upload_id"])
    anew = [*member(2, Dx1="I50.22"), "R2"]
    later = await referred(clinic, (await checked(clinic, lines([one, anew, [*member(3), "R3"]], header)))["upload_id"])
    before, after = [await table(clinic, each["upload_id"], "result") for each in (first, later)]
    assert [each["verdict"] for each in before] == ["received", "received", "received_before"]
    assert [each["verdict"] for each in after] == ["received_before", "amended", "received"]
    assert [each["referral_id"] for each in after[:2]] == [each["referral_id"] for each in before[:2]]
    await assert_published(clinic, ReferralReceived, times=3)
    (amended,) = await assert_published(clinic, ReferralAmended, times=1)
    assert (amended.changed, amended.diagnoses[0].code) == (("diagnoses",), "I50.22")


async def test_what_is_due_of_a_row_is_due_from_the_arrival_of_its_list(clinic: Bench) -> None:
    told = await checked(clinic, lines([member(1)]))
    await clinic.passes(days=5)
    await referred(clinic, told["upload_id"])
    found = (await clinic.http.get("/api/referrals", params={"limit": 5})).json()["items"]
    detail = (await clinic.http.get(f"/api/referrals/{found[0]['referral_id']}")).json()
    decision = next(each for each in detail["deadlines"] if each["milestone"] == "decision")
    assert decision["started_at"] < detail["received_at"]
    assert decision["due_at"] < detail["received_at"]
