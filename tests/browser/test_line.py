"""A real browser at the line: a night's board, the screen of a call and a sheet are accessible and fit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from carebus.contracts.care_plan import (
    CarePlanRevised,
    InterventionKind,
    MedicinesReconciled,
    PlanGoal,
    PlanIntervention,
    PlanOfCare,
    PlanOwner,
    VisitCompleted,
    VisitScheduled,
)
from carebus.contracts.event import patient_stream
from carebus.testing import Bench
from services.line import app
from services.line.settings import Settings
from tests.benches import service_bench
from tests.browser.judging import judged
from tests.browser.on_bench import Served, served
from tests.examples import example
from tests.line.hospital.messages import HOSPITAL, stated
from tests.line.hospital.test_fhir import notification, send
from tests.line.people import DAUGHTER, on_the_phone, taken_on

pytestmark = pytest.mark.browser

JOSE = UUID("018f0000-0000-7000-8000-0000000000aa")
PLACES = ("shifts", "hand-overs", "hospital")
SECRET = "p" * 40
EMAIL = "anita.joseph.rn@oncall.palliative-care-clinic.example"
OWNER = PlanOwner(name="Anita Joseph", profession="Nurse")
PLAN = PlanOfCare(
    goals=(
        PlanGoal(goal_id=UUID(int=1), words="I want to stay in my own bed, whatever comes.", at_home=True, owner=OWNER),
    ),
    interventions=(
        PlanIntervention(
            intervention_id=UUID(int=2),
            kind=InterventionKind.MEDICINES,
            text="Morphine drops for breathlessness",
            often="as needed, four hours apart",
            owner=OWNER,
        ),
    ),
)


@pytest.fixture(scope="module")
def line(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A night with an open call about somebody with a full sheet, and one that nobody has linked."""

    async def night(bench: Bench) -> None:
        await taken_on(bench, JOSE)
        for event in (
            example(CarePlanRevised, plan=PLAN, version=2),
            example(MedicinesReconciled),
            example(VisitCompleted),
            example(VisitScheduled),
        ):
            await bench.hears(event, stream=patient_stream(JOSE))
        call = await on_the_phone(bench, DAUGHTER)
        await bench.command(f"/api/calls/{call}/link", {"patient_id": str(JOSE)})
        await bench.command(f"/api/calls/{call}/describe", {"caller_name": "Ana Núñez", "relationship": "daughter"})
        await bench.command(f"/api/calls/{call}/promise", {"minutes": 30})
        await bench.command(f"/api/calls/{call}/protocol", {"protocol": "pain", "language": "es"})
        answers = {"hard_belly": True, "score": 8}
        await bench.command(f"/api/calls/{call}/answers", {"protocol": "pain", "answers": answers})
        await bench.command(f"/api/calls/{call}/page", {"steps": [{"name": "Dr. Ames", "phone": "617 555 0171"}]})
        told = {"patient_id": str(JOSE), "words": "Drops at three; she sleeps now."}
        await bench.command(f"/api/calls/{call}/tell-team", told)
        await on_the_phone(bench, "617 555 0999")
        await morning(bench)

    async def morning(bench: Bench) -> None:
        """Shifts with a gap, an admission of José's, and one of somebody who only looks like him."""
        hours = {"starts_at": "2026-03-02T00:00", "ends_at": "2026-03-02T12:00"}
        for duty, name in (("line", "Anita Joseph"), ("on_call", "Dr. Ames")):
            form = {"duty": duty, "name": name, "phone": "617 555 0171", "email": EMAIL, **hours}
            await bench.http.post("/shifts", data=form)
        await stated(bench, JOSE)
        await send(bench, notification())
        other = notification(identifier=[{"value": "1002"}])
        other["entry"][2]["resource"] |= {"telecom": [], "identifier": []}
        await send(bench, other)

    folder = tmp_path_factory.mktemp("line")
    more = {"hospitals": [HOSPITAL], "mllp_port": 0, "page_link_secret": SECRET}
    with served(
        lambda: service_bench("line", app.make, Settings, admin_url=postgres_url, folder=folder, **more)  # type: ignore[arg-type]
    ) as one:
        one.do(night)
        yield one


def opened(page: Page, line: Served, name: str) -> None:
    """The screen of the call from this caller."""
    page.goto(line.address)
    row = page.get_by_role("row").filter(has_text=name).first
    page.goto(str(row.get_by_role("link").first.evaluate("link => link.href")))


@pytest.mark.parametrize("place", ["board", "sheet", "call", "unlinked", "protocols", "protocols/dying/1", *PLACES])
def test_every_page_is_accessible_and_fits(browser: Browser, line: Served, place: str) -> None:
    with judged(browser, f"line-{place.replace('/', '-')}") as page:
        if place not in {"call", "unlinked"}:
            page.goto(f"{line.address}/{ {'board': '', 'sheet': f'patients/{JOSE}'}.get(place, place) }")
        else:
            opened(page, line, "Ana Núñez" if place == "call" else "617 555 0999")
        expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_what_the_patient_wants_is_seen_before_the_advice_is_given(page: Page, line: Served) -> None:
    opened(page, line, "Ana Núñez")
    expect(page.get_by_text("I want to stay in my own bed").first).to_be_visible()
    page.get_by_label("Advice").select_option("call_911")
    page.get_by_role("button", name="Keep the advice").click()
    expect(page.get_by_text("Say why you advise it all the same.").first).to_be_visible()
    page.get_by_label("Why, if it goes against").fill("She asks for it.")
    page.get_by_role("button", name="Keep the advice").click()
    expect(page.get_by_text(re.compile(r"^Advised .*: call 911 now"))).to_be_visible()


def test_what_was_typed_in_one_form_is_kept_when_another_is_sent(page: Page, line: Served) -> None:
    opened(page, line, "617 555 0999")
    page.get_by_label("What they say").fill("He fell out of bed.")
    page.get_by_label("How they stand").fill("neighbor")
    page.get_by_role("button", name="Promise it").click()
    expect(page.get_by_text("A callback is promised by")).to_be_visible()
    expect(page.get_by_label("What they say")).to_have_value("He fell out of bed.")
    expect(page.get_by_label("How they stand")).to_have_value("neighbor")


def test_advice_that_was_chosen_and_not_kept_is_not_left_behind_unasked(page: Page, line: Served) -> None:
    opened(page, line, "Ana Núñez")
    page.get_by_label("Advice").select_option("visit_tomorrow")
    page.get_by_label("Why, if it goes against").fill("She copes.")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.once("dialog", stay)
    page.get_by_role("button", name="Promise it").click()
    assert asked == ["Not kept yet: Advice. Go on without it?"]
    expect(page.get_by_label("Why, if it goes against")).to_have_value("She copes.")
    page.get_by_role("button", name="Keep the advice").click()
    expect(page.get_by_text(re.compile(r"^Advised .*: a visit by tomorrow"))).to_be_visible()
