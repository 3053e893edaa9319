"""The pages and files of a list: what is wrong is counted once it is known; what a sender wrote does no harm."""

from __future__ import annotations

from typing import Any

import pytest

from carebus.testing import Bench
from services.referral.store.uploads import telling
from tests.referral.lists import HEADER, checked, lines, member, sent, table, worked


async def test_what_is_wrong_is_not_counted_while_a_list_is_checked_or_referred(
    clinic: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted, plain = [], telling.problem_counts

    async def counts(*given: Any) -> Any:
        counted.append(given)
        return await plain(*given)

    monkeypatch.setattr(telling, "problem_counts", counts)
    upload_id = (await sent(clinic, lines([member(1), member(2, DOB="")]))).json()["upload_id"]
    at = f"/uploads/{upload_id}"
    checking = await clinic.http.get(at)
    await worked(clinic)
    checked = await clinic.http.get(at)
    confirmed = await clinic.http.post(f"{at}/confirm")
    assert confirmed.status_code == 303
    referring = await clinic.http.get(at)
    await worked(clinic)
    done = await clinic.http.get(at)
    pages = [checking, checked, referring, done]
    assert ["data-refresh" in page.text for page in pages] == [True, False, True, False]
    assert ["What is wrong" in page.text for page in pages] == [False, True, False, True]
    assert len(counted) == 2


async def test_what_a_sender_wrote_is_no_formula_in_the_files_to_download(clinic: Bench) -> None:
    header = [*HEADER, "Reference"]
    row = [*member(1, DOB="soon", **{"Member ID": "=1+1"}), "@cmd"]
    upload_id = (await checked(clinic, lines([row], header)))["upload_id"]
    for name in ("problems", "result"):
        (told,) = await table(clinic, upload_id, name)
        assert (told["member_id"], told["reference"]) == ("'=1+1", "'@cmd")
