"""Closed loops: who counts in a year, the interval of a share, and the published one to compare with."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebus.testing import Bench
from services.referral import store
from services.referral.api import words
from services.referral.domain.feedback.business_status import ENDED
from services.referral.domain.organizations.loops import PUBLISHED, Share, referred_between, reported_before
from services.referral.domain.organizations.names import organization_of
from services.referral.store import Counted
from tests.referral.following import following

ELM = organization_of("Elm")


@pytest.fixture
async def office(postgres_url: str, tmp_path: Path) -> AsyncIterator[Bench]:
    async with following(postgres_url, tmp_path) as bench:
        yield bench


def test_the_published_share_is_as_published() -> None:
    assert PUBLISHED.rate == pytest.approx(0.348, abs=0.0005)
    assert PUBLISHED.interval() == pytest.approx((0.3448, 0.3506), abs=1e-4)


@pytest.mark.parametrize(
    ("share", "low", "high"),
    [
        (Share(0, 10), 0.0, 0.2775),
        (Share(10, 10), 0.7225, 1.0),
        (Share(5, 10), 0.2366, 0.7634),
        (Share(1, 1), 0.2065, 1.0),
    ],
)
def test_the_interval_is_wilsons(share: Share, low: float, high: float) -> None:
    assert share.interval() == pytest.approx((low, high), abs=1e-4)


@given(st.integers(0, 400), st.integers(1, 400))
def test_an_interval_holds_its_share_and_stays_a_share(closed: int, referred: int) -> None:
    share = Share(min(closed, referred), referred)
    low, high = share.interval() or (1.0, 0.0)
    assert 0 <= low <= (share.rate or 0) + 1e-12
    assert (share.rate or 0) - 1e-12 <= high <= 1


def test_a_share_of_nobody_is_none_and_of_few_says_so() -> None:
    assert (Share(0, 0).rate, Share(0, 0).interval()) == (None, None)
    assert Share(3, 19).few
    assert not Share(3, 20).few


def followed(n: int, **other: Any) -> dict[str, Any]:
    """A followed referral as a row; the nth patient's."""
    return {
        "referral_id": str(uuid4()),
        "stream": f"patient/{uuid5(UUID(int=3), str(n))}",
        "name_key": "elm",
        "status": "closed",
        "received_at": "2026-03-02T12:00:00Z",
        "changed_at": "2026-03-20T12:00:00Z",
        "closed_at": "2026-03-20T12:00:00Z",
        "revoked": False,
        **other,
    }


async def loop_of(office: Bench, *rows: dict[str, Any]) -> store.Loop | None:
    """How Elm's loops stand in 2026, on the first of December, if these were its referrals; None if none counts."""
    async with office.service.core.database.connection() as db:
        await db.execute("insert into organization (organization_id, name) values ($1, 'Elm')", ELM)
        await db.execute("insert into organization_name (name_key, organization_id) values ('elm', $1)", ELM)
        await db.execute(
            "insert into followed select * from jsonb_populate_recordset(null::followed, $1::jsonb)", json.dumps(rows)
        )
        since, before = referred_between(2026, words.ZONE)
        now = datetime(2026, 12, 1, 12, tzinfo=UTC)
        counted = Counted(since, before, reported_before(2026, words.ZONE), ENDED, now)
        return next(iter(await store.loops(db, counted)), None)


OPEN = {"status": "active", "closed_at": None}


@pytest.mark.parametrize(
    ("rows", "share"),
    [
        ([followed(1)], Share(1, 1)),
        ([followed(1, **OPEN)], Share(0, 1)),
        ([followed(1, status="declined", closed_at=None)], Share(0, 1)),
        ([followed(1, status="entered_in_error", closed_at=None)], Share(0, 0)),
        ([followed(1, received_at="2026-11-01T03:59:59Z")], Share(1, 1)),
        ([followed(1, received_at="2026-11-01T04:00:00Z")], Share(0, 0)),
        ([followed(1, received_at="2025-12-31T23:00:00Z")], Share(0, 0)),
        ([followed(1, closed_at="2027-01-02T12:00:00Z")], Share(0, 1)),
        ([followed(1, **OPEN), followed(1, received_at="2026-05-01T12:00:00Z")], Share(0, 1)),
        ([followed(1), followed(1, received_at="2026-05-01T12:00:00Z", **OPEN)], Share(1, 1)),
        ([followed(1), followed(2), followed(3, **OPEN)], Share(2, 3)),
        ([followed(1, received_at="2025-10-02T12:00:00Z", **OPEN), followed(1)], Share(1, 1)),
    ],
    ids=[
        "closed", "open", "declined", "in error", "31 October in the evening", "1 November", "the year before",
        "reported next year", "first open, second closed", "first closed, second open", "three patients", "older one",
    ],
)  # fmt: skip
async def test_a_patients_first_referral_of_the_year_counts(
    office: Bench, rows: list[dict[str, Any]], share: Share
) -> None:
    loop = await loop_of(office, *rows)
    assert (loop.share if loop else Share(0, 0)) == share


async def test_open_loops_have_an_age(office: Bench) -> None:
    rows = [followed(n, received_at=f"2026-11-{day:02}T12:00:00Z", **OPEN) for n, day in enumerate((1, 11, 21))]
    loop = await loop_of(office, *rows, followed(9))
    assert loop
    assert (loop.referrals, loop.open) == (4, 3)
    assert loop.median_age
    assert loop.oldest_age
    assert (loop.median_age.days, loop.oldest_age.days) == (20, 30)
