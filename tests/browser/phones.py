"""A nurse's day behind a real server that can be away, lose its answers or refuse, for a browser that is her phone."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from carebus.contracts.care_plan import VisitCompleted
from carebus.contracts.people import Address, Condition, Role
from carebus.contracts.referral import Priority
from carebus.testing import Bench, people
from services.care_plan import app
from services.care_plan.settings import Settings
from tests.bearing import Bearing
from tests.benches import service_bench
from tests.browser import on_bench
from tests.browser.on_bench import Served, served
from tests.care_plan.people import NAMES, accepted, clinician, due_visits

NAMED = (
    ("Rosa Almeida", "10025", Condition.CANCER), ("Bartholomew Featherstonehaugh-Li", "10016", Condition.COPD),
    ("Walter Nguyen", "11201", Condition.DEMENTIA), ("Ines Ferreira", "11375", Condition.CANCER),
    ("Otto Quimby", "10301", Condition.HEART_FAILURE), ("Mary Okafor", "", Condition.COPD),
    ("Ada Birk", "10453", Condition.CANCER), ("June Park", "10024", Condition.COPD),
)  # fmt: skip
PREFIX = "/care-plan"
"""A phone's worker looks after this service only, where several are at one address."""
MORNING = datetime(2026, 3, 3, 13, 0, tzinfo=UTC)
"""Tuesday at 8 in New York, an hour before the first visit."""
KEPT = """async (paths) => {
  const pages = await caches.open("carebus-pages");
  const there = await Promise.all(paths.map((path) => pages.match(path)));
  return there.every(Boolean);
}"""


class Network(Bearing):
    """The way to the service. `away`: answers 503; `loses`: does what is posted and cuts the answer off; `out`: 401."""

    fault = ""
    posted = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, as well as the network lets it."""
        posts = scope["type"] == "http" and scope["method"] == "POST" and "/visits/" in scope["path"]
        Network.posted += posts
        if scope["type"] == "http" and Network.fault == "away":
            await PlainTextResponse("away", HTTPStatus.SERVICE_UNAVAILABLE)(scope, receive, send)
        elif posts and Network.fault == "loses":
            await super().__call__(scope, receive, _nobody)
            half = [(b"content-type", b"application/json"), (b"content-length", b"400")]
            await send({"type": "http.response.start", "status": HTTPStatus.OK, "headers": half})
            await send({"type": "http.response.body", "body": b'{"visit_id":', "more_body": True})
        else:
            await super().__call__(scope, receive, send)

    def _shows_somebody(self, scope: Scope) -> bool:
        """Whoever is signed out brings nothing, and is nobody."""
        return Network.fault == "out" or super()._shows_somebody(scope)


async def _nobody(_: Message) -> None:
    """Where the answer goes that nobody gets."""


@dataclass
class Day:
    """A day of visits: where it is, whose visit is whose, and what became of them."""

    service: Served
    visits: dict[str, str] = field(default_factory=dict)
    patients: dict[str, UUID] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Where the service is."""
        return self.service.address + PREFIX

    def of(self, name: str) -> str:
        """The path of somebody's visit."""
        return f"/visits/{self.visits[name]}"

    def later(self, **span: float) -> None:
        """Let the clinic's time pass."""
        self.service.do(lambda bench: bench.passes(**span))

    def completed(self, name: str) -> list[VisitCompleted]:
        """What the service told of somebody's visit."""
        found: list[VisitCompleted] = []

        async def look(bench: Bench) -> None:
            found.extend(await bench.published(VisitCompleted, patient=self.patients[name]))

        self.service.do(look)
        return found

    def command(self, path: str, body: dict[str, Any]) -> None:
        """Somebody else does something meanwhile."""

        async def do(bench: Bench) -> None:
            answer = await bench.command(path, body)
            assert answer.status_code < HTTPStatus.BAD_REQUEST, answer.text

        self.service.do(do)

    def arrives(self, context: BrowserContext) -> Page:
        """The nurse looks at today with network, and the phone has kept it all."""
        page = context.new_page()
        page.goto(f"{self.address}/day")
        expect(page.get_by_role("heading", name="Today")).to_be_visible()
        visits = page.locator("#unsent").get_attribute("data-visits") or ""
        becomes(page, KEPT, [f"{PREFIX}/day", *visits.split()])
        return page


def becomes(page: Page, question: str, asked: Any = None) -> None:
    """Wait until the answer to this, in the page, is yes."""
    for _ in range(200):
        if page.evaluate(question, asked):
            return
        page.wait_for_timeout(50)
    raise AssertionError(question)


def found(page: Page, note: str = "") -> None:
    """What has to be said of a visit is typed in."""
    page.get_by_label("Began").fill("2026-03-03T07:00")
    page.get_by_label("Ended").fill("2026-03-03T07:45")
    page.get_by_role("radiogroup", name="Pain").get_by_label("4", exact=True).check()
    page.get_by_label("A family member or caregiver").check()
    page.get_by_label("Stable", exact=True).check()
    if note:
        page.get_by_label("Note").fill(note)


def complete(page: Page) -> None:
    """The nurse presses the button."""
    page.get_by_role("button", name="Complete the visit").click()


def kill(profile: str) -> None:
    """End the browser that has this profile, and no other, without a chance to tidy up."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            asked = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
            if f"--user-data-dir={profile}" in asked and not any(one.startswith("--type=") for one in asked):
                os.kill(int(process.name), signal.SIGKILL)


@contextmanager
def nurses_day(postgres_url: str, folder: Path) -> Iterator[Day]:
    """A day of eight visits in New York, at eight in the morning."""
    day = Day(Served())

    @asynccontextmanager
    async def opened() -> AsyncIterator[Bench]:
        made = service_bench(
            "care_plan", app.make, Settings, admin_url=postgres_url, folder=folder, help_line="800-555-0199",
            prefix=PREFIX,
        )  # fmt: skip
        async with made as bench:
            await _begin(bench, day)
            yield bench

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(on_bench, "Bearing", Network)
        with served(opened) as day.service:
            yield day


async def _begin(bench: Bench, day: Day) -> None:
    for role in Role:
        account = people.account() if role is Role.NURSE else people.account(role)
        late = [
            {"weekday": day, "opens": 9 * 60, "closes": 22 * 60} for day in range(5)
        ]  # eight visits, ways and lunch
        joins = clinician(role) | {"account": str(account), "area": {"postal_code": "10001"}, "hours": late}
        assert (await bench.command("/api/roster", joins)).status_code == HTTPStatus.CREATED
    for name, postal_code, condition in NAMED:
        patient = day.patients[name] = uuid5(NAMES, name)
        await bench.hears(_told(name, postal_code, condition), patient=patient)
    names = {str(patient): name for name, patient in day.patients.items()}
    day.visits.update({names[visit["patient_id"]]: visit["visit_id"] for visit in await due_visits(bench)})
    await bench.passes(seconds=(MORNING - bench.now()).total_seconds())


def _told(name: str, postal_code: str, condition: Condition) -> Any:
    told = accepted(name=name, priority=Priority.URGENT, conditions=(condition,))
    address = Address(street="12 Elm Street", city="New York", state="NY", postal_code=postal_code)
    more = {"address": address if postal_code else Address(), "phone": "+1 212 555 0100" if postal_code else None}
    return told.model_copy(update={"patient": told.patient.model_copy(update=more)})
