"""Who had planned ahead by day 30 is counted from events, once, however late they are told; small cells stay hidden."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from carebus.contracts import Event, patient_stream
from carebus.contracts.care_plan import EpisodeEnded, EpisodeOpened
from carebus.contracts.wishes import (
    AcpConversationHeld,
    Agent,
    Choice,
    KnownWish,
    Statement,
    TopicSummary,
    WishesSummarised,
    WishSource,
    WishTopic,
)
from carebus.testing import START, Bench, set_clock
from services.outcomes.api.planning import figures
from services.outcomes.domain.statistics import wilson
from services.outcomes.store.planning import Planned, PlannedCounted
from tests import merges
from tests.examples import example

DAY = timedelta(days=1)
AT_HOME = TopicSummary(
    topic=WishTopic.PLACE_OF_CARE,
    known=(
        KnownWish(
            statement=Statement(topic=WishTopic.PLACE_OF_CARE, choice=Choice.AT_HOME, words="where my dog is"),
            source=WishSource.CONVERSATION,
            source_id=UUID(int=5),
            stated_on=START.date(),
        ),
    ),
)
AGENT = Agent(agent_id=UUID(int=6), full_name="Ana Delgado")
NOTHING: dict[str, object] = {"topics": (), "agents": ()}


def opened(at: datetime = START) -> Event:
    return example(EpisodeOpened, opened_at=at)


def ended(at: datetime) -> Event:
    return example(EpisodeEnded, ended_on=at.date())


def spoke(at: datetime) -> Event:
    return example(AcpConversationHeld, held_at=at)


def known(at: datetime, **said: object) -> Event:
    return example(WishesSummarised, summarised_at=at, **{"topics": (AT_HOME,), "agents": (AGENT,), **said})


async def told(outcomes: Bench, days: float) -> dict[str, tuple[int, int] | None]:
    set_clock(outcomes.clock_file, START + days * DAY)
    found = (await outcomes.http.get("/api/outcomes/planning")).json()
    assert found["in_care"] == 0 or found["shares"]["wishes"]["of"] == found["in_care"]
    return {name: one and (one["count"], one["of"]) for name, one in found["shares"].items()}


async def test_on_day_30_and_no_sooner_it_counts_what_was_known_by_then(outcomes: Bench) -> None:
    early, late = uuid4(), uuid4()
    await outcomes.hears(opened(), spoke(START + 3 * DAY), known(START + 3 * DAY), patient=early)
    await outcomes.hears(opened(), spoke(START + 31 * DAY), known(START + 31 * DAY), patient=late)
    assert await told(outcomes, 29.9) == {"conversation": None, "wishes": None, "agent": None}
    assert await told(outcomes, 30) == {"conversation": (1, 2), "wishes": (1, 2), "agent": (1, 2)}


async def test_what_was_known_before_care_began_counts_and_whose_care_ended_before_day_30_does_not(
    outcomes: Bench,
) -> None:
    await outcomes.hears(spoke(START - DAY), known(START - DAY, agents=()), opened(), patient=uuid4())
    await outcomes.hears(opened(), spoke(START), ended(START + 10 * DAY), patient=uuid4())
    await outcomes.hears(opened(), ended(START + 40 * DAY), patient=uuid4())
    assert await told(outcomes, 50) == {"conversation": (1, 2), "wishes": (1, 2), "agent": (0, 2)}


async def test_what_stands_no_more_is_not_known_and_what_stands_again_is_known_since_then(outcomes: Bench) -> None:
    gone, again = uuid4(), uuid4()
    await outcomes.hears(opened(), known(START), known(START + DAY, **NOTHING), patient=gone)
    await outcomes.hears(opened(), known(START), known(START + DAY, **NOTHING), known(START + 40 * DAY), patient=again)
    assert (await told(outcomes, 50))["wishes"] == (0, 2)


async def test_a_conversation_told_late_counts_by_when_it_was_held(outcomes: Bench) -> None:
    await outcomes.hears(opened(), spoke(START + 40 * DAY), spoke(START + 5 * DAY), patient=uuid4())
    assert (await told(outcomes, 50))["conversation"] == (1, 1)


async def test_records_of_one_person_count_once_with_what_is_known_of_either(outcomes: Bench) -> None:
    survivor, retired = uuid4(), uuid4()
    await outcomes.hears(opened(), spoke(START), patient=survivor)
    await outcomes.hears(opened(), known(START), patient=retired)
    assert (await told(outcomes, 50))["wishes"] == (1, 2)
    await outcomes.hears(merges.merged(retired, survivor), patient=retired)
    assert await told(outcomes, 50) == {"conversation": (1, 1), "wishes": (1, 1), "agent": (1, 1)}


async def test_a_rebuild_comes_to_the_same_and_keeps_no_words(outcomes: Bench) -> None:
    patients = [uuid4() for _ in range(3)]
    records = [
        outcomes.record(event, patient_stream(patient))
        for patient in patients
        for event in (opened(), spoke(START), known(START))
    ]
    await outcomes.deliver(*records, *records)
    before = await told(outcomes, 31)
    async with outcomes.service.core.database.connection() as db:
        kept = await db.fetchval("select string_agg(doc::text, '') from journey")
        await db.execute("truncate journey, line_call, line_advice, mark, stream, consumer_offset")
    assert not any(word in kept for word in ("my dog", "Delgado", "at_home"))
    await outcomes.deliver(*records)
    assert (await told(outcomes, 31), before["wishes"]) == (before, (3, 3))


def months(*each: Planned) -> PlannedCounted:
    sums = {name: sum(getattr(one, name) for one in each) for name in Planned.__slots__}
    return PlannedCounted(Planned(**sums), {f"2026-0{n}": one for n, one in enumerate(each, 1)})


def test_a_small_month_is_hidden_and_so_is_what_gives_it_away() -> None:
    many, few = Planned(60, 40, 30, 20), Planned(40, 35, 20, 12)
    view = figures(months(many, few, many, many))
    of_few = view.by_month[1].shares
    assert of_few.conversation is None, "five have none: that could point to them"
    assert (of_few.wishes is None, view.shares.wishes is None) == (False, False)
    assert sum(one.shares.conversation is None for one in view.by_month) >= 2, "or it follows from the sums"


def test_a_share_has_wilsons_interval() -> None:
    share = figures(months(Planned(60, 40, 30, 20))).shares.agent
    assert share is not None
    assert (share.count, share.of, share.ci95_low, share.ci95_high) == (20, 60, *wilson(20, 60))  # type: ignore[misc]


@pytest.mark.parametrize("month", ["2026-01", None])
async def test_the_page_tells_the_same(outcomes: Bench, month: str | None) -> None:
    for n in range(12 if month else 0):
        patient = UUID(int=n + 1)
        await outcomes.hears(opened(), *([spoke(START)] if n else []), patient=patient, times=1)
    set_clock(outcomes.clock_file, START + 31 * DAY)
    page = await outcomes.http.get("/planning", headers={"accept": "text/html"})
    assert page.status_code == 200
    assert ("11 of 12 patients" in page.text) is bool(month)
    assert ("Too few patients" in page.text) is True, "eleven did, so that one did not: that month is not told"
