"""What patient, agent and family take along: in their language, as it stands, and for nobody else."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from carebus.access import AccountRole
from carebus.contracts.event import patient_stream
from carebus.contracts.referral import ReferralAmended
from carebus.testing import Bench, people
from tests.examples import example
from tests.wishes.people import filed_one, taken_on
from tests.wishes.test_conversations import held

ANA = "ana@home.example"


def of_family(email: str = ANA, *, verified: bool = True) -> dict[str, str]:
    said = people.claims(AccountRole.FAMILY_MEMBER, subject="ana", email=email, email_verified=verified)
    return people.bearer(people.signed(said))


async def asked(wishes: Bench, path: str, headers: dict[str, str]) -> httpx.Response:
    async with wishes.as_() as http:
        return await http.get(path, headers={**headers, "Accept": "text/html"})


async def theirs(wishes: Bench, **told: Any) -> UUID:
    """Somebody whose daughter they agreed to, and who spoke and signed."""
    patient = await taken_on(wishes, told={"email": ANA, **told})
    await held(wishes, patient)
    await filed_one(wishes, patient, says={"cpr": "no_cpr"})
    return patient


async def test_a_loved_one_sees_the_summary_and_neither_documents_nor_anybody_elses(wishes: Bench) -> None:
    patient, other = await theirs(wishes), await taken_on(wishes, told={"email": "somebody@else.example"})
    page = await asked(wishes, f"/patients/{patient}/summary", of_family())
    assert page.status_code == 200
    assert "What you want" in page.text
    (document,) = (await wishes.http.get(f"/api/patients/{patient}")).json()["documents"]
    for path in ("/", f"/patients/{patient}", document["path"], f"{document['path']}/pages/1"):
        assert (await asked(wishes, path, of_family())).status_code in (403, 404), path
    for nobody in (other, uuid4()):
        assert (await asked(wishes, f"/patients/{nobody}/summary", of_family())).status_code == 404


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        (of_family("eve@home.example"), {}),
        (of_family(verified=False), {}),
        (of_family(), {"consented": False}),
        (of_family(), {"consent_ends": "2026-01-01T00:00:00Z"}),
    ],
    ids=["another mailbox", "not verified", "no consent", "consent that ended"],
)
async def test_whoever_the_patient_did_not_agree_to_sees_nothing(
    wishes: Bench, headers: dict[str, str], told: dict[str, Any]
) -> None:
    patient = await theirs(wishes, **told)
    assert (await asked(wishes, f"/patients/{patient}/summary", headers)).status_code == 404


async def test_consent_that_is_withdrawn_closes_the_summary(wishes: Bench) -> None:
    patient = await theirs(wishes)
    amended = example(ReferralAmended, applied=True, contact=None)
    await wishes.hears(amended, stream=patient_stream(patient))
    assert (await asked(wishes, f"/patients/{patient}/summary", of_family())).status_code == 404


@pytest.mark.parametrize(
    ("language", "sentence", "unknown"),
    [("en", "What you want", "We do not know yet"), ("es", "Lo que quiere", "Todavía no lo sabemos")],
)
async def test_it_says_in_their_language_what_stands_and_what_is_not_known_yet(
    wishes: Bench, language: str, sentence: str, unknown: str
) -> None:
    patient = await taken_on(wishes, language=language)
    await held(wishes, patient, answers=[{"question": "cpr", "choice": "no_cpr"}])
    page = (await wishes.http.get(f"/patients/{patient}/summary")).text
    assert sentence in page
    assert page.count(unknown) == 5, "five topics nobody has spoken of, each with a day"
    assert f'lang="{language}"' in page
