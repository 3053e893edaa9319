"""A real browser looks at the outcomes, with nothing, with few and with many patients."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from carebus.contracts import patient_stream
from carebus.contracts.event import Event, Subject
from carebus.contracts.line import (
    CallAbandoned,
    CallAnswered,
    CallbackMade,
    CallReceived,
    CallTriaged,
    HospitalAdvice,
)
from carebus.testing import START, Bench
from carebus.testing.bench import TestRecord
from services.outcomes import app
from services.outcomes.settings import Settings
from tests.benches import service_bench
from tests.browser.on_bench import Served, looked_at, served
from tests.examples import example
from tests.outcomes.journeys import way
from tests.told import received

pytestmark = pytest.mark.browser


async def many(bench: Bench, patients: int = 250) -> None:
    """Patients of all kinds."""
    dice = Random(7)
    for _ in range(patients):
        stream = patient_stream(uuid4())
        await bench.deliver(*(bench.record(event, stream) for event in way(dice).events))
    await bench.deliver(*calls_of(bench, dice, patients))


def calls_of(bench: Bench, dice: Random, calls: int) -> list[TestRecord]:
    """So many calls of three months, and what they came to."""
    records: list[TestRecord] = []
    for _ in range(calls):
        at = START - timedelta(days=dice.randint(0, 80))
        call, advice = uuid4(), dice.choice([HospitalAdvice.NONE, HospitalAdvice.NONE, HospitalAdvice.AMBULANCE])
        told: list[Event] = [
            example(CallReceived, received_at=at, by_hand=False),
            example(CallAnswered, answered_at=at, waited_seconds=dice.uniform(2, 60))
            if dice.random() < 0.8
            else example(CallAbandoned, abandoned_at=at),
            example(CallbackMade, late=dice.random() < 0.2),
        ]
        records += [bench.record(event, Subject.CALL.stream(call)) for event in told]
        records.append(
            bench.record(example(CallTriaged, call_id=call, hospital=advice, triaged_at=at), patient_stream(uuid4()))
        )
    return records


async def few(bench: Bench) -> None:
    """So few that hardly a breakdown can be shown."""
    await many(bench, 9)


@pytest.fixture(scope="module", params=["many", "few", "none"])
def outcomes(
    request: pytest.FixtureRequest, postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("outcomes")
    with served(lambda: service_bench("outcomes", app.make, Settings, admin_url=postgres_url, folder=folder)) as one:
        if request.param != "none":
            one.do(many if request.param == "many" else few)
        one.name = request.param
        yield one


def test_the_outcomes_are_accessible_and_fit(browser: Browser, outcomes: Served) -> None:
    looked_at(browser, outcomes.address, f"outcomes-{outcomes.name}")


@pytest.mark.parametrize("outcomes", ["many"], indirect=True)
def test_how_the_line_answers_is_accessible_and_fits(browser: Browser, outcomes: Served) -> None:
    looked_at(browser, f"{outcomes.address}/line", "outcomes-the-line")


def test_no_small_count_is_in_a_breakdown(page: Page, outcomes: Served) -> None:
    page.goto(outcomes.address)
    for details in page.locator("details").all():
        details.evaluate("details => { details.open = true }")
    numbers = [
        text
        for table in page.locator("table").all()
        if table.locator("caption").count()
        for text in table.locator("td.number").all_inner_texts()
        if text.isdigit()
    ]
    assert not any(0 < int(number) < 11 for number in numbers)


def test_it_says_that_the_comparison_is_uncontrolled(page: Page, outcomes: Served) -> None:
    page.goto(outcomes.address)
    expect(page.get_by_text("This comparison is uncontrolled")).to_be_visible()


def test_a_new_referral_is_counted_by_itself(page: Page, outcomes: Served) -> None:
    page.goto(outcomes.address)
    figure = page.locator(".stat .figure").first
    before = int(figure.inner_text())
    outcomes.do(lambda bench: bench.hears(received(), patient=uuid4()))
    expect(figure).to_have_text(str(before + 1), timeout=20_000)
