"""The page of a list: what is wrong is counted once it is known, and not every second while it is being found out."""

from __future__ import annotations

from typing import Any

import pytest

from carebus.testing import Bench
from services.referral.store.uploads import telling
from tests.referral.lists import lines, member, sent, worked


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
