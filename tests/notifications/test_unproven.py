"""Nobody has others written to without end: an unproven address gets three letters a day, and no typed word in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from carebus.contracts.notifications import ReferrerLetterSent
from carebus.contracts.people import Referrer
from carebus.testing import Bench
from services.notifications import store
from services.notifications.domain.referrers import TOO_MANY
from tests.benches import until
from tests.notifications.conftest import MailServer, notifications_bench, working
from tests.notifications.test_referrers import stands

TYPED = "Buy-Now-Zyx http://evil.example"
VICTIM = Referrer(organization=TYPED, name=TYPED, email="victim@elm.example")


def unproven(n: int, **other: Any) -> Any:
    return stands(n=n, **{"referral_id": UUID(int=n), "referrer": VICTIM, "address_proven": False, **other})


@pytest.fixture
async def writing(postgres_url: str, tmp_path: Path, mail_server: MailServer) -> Any:
    async with notifications_bench(postgres_url, tmp_path, mail_server.port) as bench:
        yield bench


async def all_settled(bench: Bench) -> list[str]:
    """Why letters were withheld, when none waits any more."""

    async def so() -> bool:
        async with bench.service.core.database.connection() as db:
            return (await store.letter_counts(db))["queued"] == 0

    async with working(bench):
        await until(so)
    async with bench.service.core.database.connection() as db:
        return sorted((letter.withheld or "") for _, letter, _ in await store.letters(db))


async def test_a_fourth_letter_of_a_day_is_withheld_whoever_it_is_about(
    writing: Bench, mail_server: MailServer
) -> None:
    for n in range(1, 6):
        await writing.hears(unproven(n), patient=UUID(int=n))
    assert await all_settled(writing) == ["", "", "", TOO_MANY, TOO_MANY]
    assert len(await writing.published(ReferrerLetterSent)) == 3
    listed = (await writing.http.get("/api/referrer-letters")).json()
    assert [each["reason"] for each in listed["items"]].count(TOO_MANY) == 2
    assert "had three letters that day" in (await writing.http.get("/referrers")).text


async def test_capitals_make_no_other_address(writing: Bench) -> None:
    for n in range(1, 5):
        one = VICTIM.model_copy(update={"email": ["victim@elm.example", "Victim@ELM.example"][n % 2]})
        await writing.hears(unproven(n, referrer=one), patient=UUID(int=n))
    assert (await all_settled(writing)).count(TOO_MANY) == 1


async def test_the_next_day_brings_three_more(writing: Bench) -> None:
    for day in range(2):
        for n in range(1, 5):
            await writing.hears(unproven(10 * day + n), patient=UUID(int=10 * day + n))
        assert (await all_settled(writing)).count(TOO_MANY) == day + 1
        await writing.passes(days=1)


async def test_a_proven_address_is_written_as_often_as_there_is_news(writing: Bench) -> None:
    await writing.hears(unproven(1, address_proven=True), patient=UUID(int=1))
    for n in range(2, 7):
        await writing.hears(unproven(n), patient=UUID(int=n))
    assert await all_settled(writing) == [""] * 6


async def test_nothing_that_an_outsider_typed_stands_in_such_a_letter(writing: Bench, mail_server: MailServer) -> None:
    await writing.hears(unproven(1), patient=UUID(int=1))
    await all_settled(writing)
    [mail] = mail_server.taken
    assert "Zyx" not in mail.as_string()
    assert "evil" not in mail.as_string()
