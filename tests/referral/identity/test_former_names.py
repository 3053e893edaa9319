"""Family names borne before: stated with a referral, told with its event, kept for search."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from carebus.contracts.referral import ReferralReceived
from carebus.testing import Bench, assert_published
from services.referral.domain.referring.requests import MOST_FORMER_NAMES, PersonStated
from tests.referral.identities import of_person, refer

STATED = {"given_name": "Ana", "family_name": "Gomez", "birth_date": "1941-05-06"}


async def test_former_names_are_told_and_kept_for_search(clinic: Bench) -> None:
    await refer(clinic, of_person(former_names=["Ruiz", "de la Cruz"]))
    [received] = await assert_published(clinic, ReferralReceived)
    assert received.patient.former_names == ("Ruiz", "de la Cruz")
    async with clinic.service.core.database.connection() as db:
        assert await db.fetchval("select former from person") == "de la cruz/ruiz"


@pytest.mark.parametrize("former", [["..."], [""], ["Ruiz"] * (MOST_FORMER_NAMES + 1), "Ruiz"])
def test_each_former_name_is_a_name_and_there_are_few(former: object) -> None:
    with pytest.raises(ValidationError):
        PersonStated.model_validate({**STATED, "former_names": former})
    assert PersonStated.model_validate(STATED).former_names == ()
