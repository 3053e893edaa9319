"""The judge of a night sees what is lost and what is doubled, and finds nothing in a night that went well."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from carebus.contracts.line import (
    CallAnswered,
    CallbackMade,
    CallbackMissed,
    CallbackPromised,
    CallReceived,
    ClinicianPaged,
    Nurse,
    PageTaken,
    PageUnanswered,
)
from carebus.testing import START
from tests.examples import example
from tests.faults.night.ledger import Ledger

NURSE = Nurse(account="evening", name="Evening")
PAGE, FIRST, SECOND, PROMISE = (UUID(int=n) for n in range(1, 5))


def went_well() -> list[Any]:
    """A call with a promise that was kept late, and a page that the second one took."""
    asked = example(ClinicianPaged, page_id=PAGE, link_id=FIRST, step=1, repeated=0, paged_at=START)
    later = {"link_id": SECOND, "step": 2, "paged_at": START + timedelta(minutes=5)}
    return [
        example(CallReceived),
        example(CallAnswered),
        example(CallbackPromised, promise_id=PROMISE),
        asked,
        example(PageUnanswered, page_id=PAGE, step=1),
        asked.model_copy(update=later),
        example(PageTaken, page_id=PAGE, step=2, by=NURSE),
        example(CallbackMissed, promise_id=PROMISE),
        example(CallbackMade, promise_id=PROMISE, late=True),
    ]


def faults(told: list[Any], mailed: list[tuple[UUID, str]]) -> list[str]:
    ledger = Ledger(calls={"a": True})
    for kept in (ledger.promised, ledger.kept, ledger.paged, ledger.taken):
        kept["a"] += 1
    return ledger.faults({"a": told}, mailed)


MAILED = [(FIRST, "<1>"), (FIRST, "<1>"), (SECOND, "<2>")]


def test_a_night_that_went_well_has_no_faults() -> None:
    assert faults(went_well(), MAILED) == []


@pytest.mark.parametrize("n", range(len(went_well())))
def test_whatever_is_lost_of_it_is_seen(n: int) -> None:
    told = went_well()
    if not isinstance(told.pop(n), CallbackMissed):
        assert faults(told, [])


def test_a_promise_that_nobody_kept_and_nobody_missed_is_seen() -> None:
    ledger = Ledger(calls={"a": True})
    ledger.promised["a"] += 1
    told = went_well()[:3]
    assert ledger.faults({"a": told}, []) == ["call a: 1 promises were neither kept nor missed"]
    assert ledger.faults({"a": [*told, went_well()[7]]}, []) == []


@pytest.mark.parametrize("n", range(len(went_well())))
def test_whatever_is_told_twice_is_seen(n: int) -> None:
    told = went_well()
    assert faults([*told, told[n]], MAILED)


@pytest.mark.parametrize(
    ("spoil", "mailed", "said"),
    [
        (lambda told: told[5].model_copy(update={"paged_at": START}), MAILED, "before the one before had five minutes"),
        (lambda told: told[5], [(UUID(int=9), "<9>")], "mailed and never told"),
        (lambda told: told[5], [(FIRST, "<1>"), (FIRST, "<3>")], "several messages"),
    ],
)
def test_a_page_too_soon_or_too_often_is_seen(
    spoil: Callable[[list[Any]], Any], mailed: list[tuple[UUID, str]], said: str
) -> None:
    told = went_well()
    told[5] = spoil(told)
    assert [one for one in faults(told, mailed) if said in one]
