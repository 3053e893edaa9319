"""A phone without network: nothing that was typed is lost, and nothing is recorded twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from tests.browser.conftest import QUIET
from tests.browser.phones import Day, Network, becomes, complete, found, kill, nurses_day

pytestmark = pytest.mark.browser

AGE = """async (hours) => {
  const pages = await caches.open("carebus-pages");
  for (const request of await pages.keys()) {
    const copy = await pages.match(request);
    const headers = new Headers(copy.headers);
    headers.set("x-carebus-kept-at", String(Date.now() - hours * 3600000));
    await pages.put(request, new Response(await copy.text(), { headers }));
  }
}"""
COPIES = (
    "async () => (await caches.has('carebus-pages')) ? (await (await caches.open('carebus-pages')).keys()).length : 0"
)


@pytest.fixture(scope="module")
def day(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """A nurse's day, which the tests share: each has a patient of its own."""
    with nurses_day(postgres_url, tmp_path_factory.mktemp("day")) as made:
        yield made


@pytest.fixture(autouse=True)
def network() -> Iterator[None]:
    """It works again after each test."""
    yield
    Network.fault = ""


def unsent(page: Page) -> None:
    """All that is on the phone was sent."""
    expect(page.locator("#unsent")).to_be_hidden()


def test_a_visit_without_network_survives_the_closed_page_and_is_sent_once(day: Day, context: BrowserContext) -> None:
    page = day.arrives(context)
    context.set_offline(True)
    page.get_by_role("listitem").filter(has_text="Rosa Almeida").get_by_role("link", name="Complete the visit").click()
    expect(page.get_by_text(re.compile(r"Offline: as of \d?\d:\d\d"))).to_be_visible()
    page.get_by_label("Note").fill("Slept badly; the daughter is worn out.")
    expect(page.get_by_text("Kept on this phone since")).to_be_visible()
    page.close()
    page = context.new_page()
    page.goto(day.address + day.of("Rosa Almeida"))
    expect(page.get_by_label("Note")).to_have_value("Slept badly; the daughter is worn out.")
    found(page)
    day.later(minutes=30)
    complete(page)
    expect(page.get_by_role("heading", name="Waiting to be sent")).to_be_visible()
    page.close()
    assert day.completed("Rosa Almeida") == []
    page = context.new_page()
    page.goto(f"{day.address}/day")
    expect(page.get_by_text("Rosa Almeida, visit 1 · Waiting to be sent")).to_be_visible()
    context.set_offline(False)
    unsent(page)
    expect(page.get_by_text("Sent: what was typed on this phone has arrived.")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Rosa Almeida").get_by_text("Completed")).to_be_visible()
    (told,) = day.completed("Rosa Almeida")
    assert told.visit_note == "Slept badly; the daughter is worn out."
    assert told.assessments.esas_r
    assert told.assessments.esas_r.pain == 4


def test_a_closed_phone_sends_by_its_worker(day: Day, context: BrowserContext) -> None:
    page = day.arrives(context)
    context.set_offline(True)
    page.goto(day.address + day.of("Ada Birk"))
    found(page, "Sent in a pocket.")
    day.later(minutes=5)
    complete(page)
    expect(page.get_by_role("heading", name="Waiting to be sent")).to_be_visible()
    (worker,) = context.service_workers
    page.close()
    context.set_offline(False)
    worker.evaluate("sync()")
    assert [told.visit_note for told in day.completed("Ada Birk")] == ["Sent in a pocket."]


def test_what_was_typed_outlives_a_killed_browser(
    day: Day, playwright_driver: Playwright, chromium_path: str, tmp_path: Path
) -> None:
    started = playwright_driver.chromium.launch_persistent_context
    context = started(tmp_path, executable_path=chromium_path, args=QUIET)
    page = day.arrives(context)
    page.goto(day.address + day.of("Mary Okafor"))
    page.get_by_label("Note").fill("Before the crash.")
    expect(page.get_by_text("Kept on this phone since")).to_be_visible()
    kill(str(tmp_path))
    context = started(tmp_path, executable_path=chromium_path, args=QUIET)
    page = context.new_page()
    context.set_offline(True)
    page.goto(day.address + day.of("Mary Okafor"))
    expect(page.get_by_text(re.compile("Offline: as of"))).to_be_visible()
    expect(page.get_by_label("Note")).to_have_value("Before the crash.")
    context.close()


def test_a_service_that_is_away_is_asked_again(day: Day, context: BrowserContext) -> None:
    name = "Bartholomew Featherstonehaugh-Li"
    page = day.arrives(context)
    page.goto(day.address + day.of(name))
    found(page, "Breathless on the stairs.")
    day.later(minutes=5)
    Network.fault = "away"
    complete(page)
    expect(page.get_by_text("or the service is away. It is sent by itself.")).to_be_visible()
    page.reload()
    expect(page.get_by_text(re.compile("Offline: as of"))).to_be_visible()
    expect(page.get_by_label("Note")).to_have_value("Breathless on the stairs.")
    assert day.completed(name) == []
    Network.fault = ""
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    assert [told.visit_note for told in day.completed(name)] == ["Breathless on the stairs."]


def test_a_lost_answer_is_asked_for_again_and_nothing_is_done_twice(day: Day, context: BrowserContext) -> None:
    page = day.arrives(context)
    page.goto(day.address + day.of("Walter Nguyen"))
    found(page, "Ate a little.")
    day.later(minutes=5)
    Network.fault, Network.posted = "loses", 0
    complete(page)
    expect(page.get_by_text("or the service is away. It is sent by itself.")).to_be_visible()
    assert len(day.completed("Walter Nguyen")) == 1
    Network.fault = ""
    expect(page.get_by_text("Visit 1 completed", exact=True)).to_be_visible()
    assert Network.posted >= 2
    assert len(day.completed("Walter Nguyen")) == 1
    page.goto(f"{day.address}/day")
    unsent(page)


def test_a_phone_that_is_full_sends_as_every_browser_does(day: Day, context: BrowserContext) -> None:
    page = day.arrives(context)
    page.goto(day.address + day.of("Mary Okafor"))
    page.evaluate("() => { indexedDB.open = () => { throw new Error('full'); }; }")
    found(page, "Not kept.")
    expect(page.get_by_text("What you type can’t be kept on this phone")).to_be_visible()
    page.get_by_label("Ended").fill("2030-01-01T10:00")
    complete(page)
    expect(page.get_by_role("heading", name="Please look at these again")).to_be_visible()
    expect(page.get_by_label("Note")).to_have_value("Not kept.")


def test_two_tabs_are_one_visit(day: Day, context: BrowserContext) -> None:
    one = day.arrives(context)
    context.set_offline(True)
    other = context.new_page()
    for page in (one, other):
        page.goto(day.address + day.of("Ines Ferreira"))
    found(one, "In the first tab.")
    expect(other.get_by_label("Note")).to_have_value("In the first tab.")
    other.get_by_label("Who else was there").fill("A neighbour")
    expect(one.get_by_label("Who else was there")).to_have_value("A neighbour")
    day.later(minutes=5)
    for page in (one, other):
        page.evaluate("document.querySelector('[data-visit] form [name=sign]').click()")
    for page in (one, other):
        expect(page.get_by_role("heading", name="Waiting to be sent")).to_be_visible()
    context.set_offline(False)
    for page in (one, other):
        expect(page.get_by_role("heading", name="Ines Ferreira")).to_be_visible()
    (told,) = day.completed("Ines Ferreira")
    assert told.visit_note == "In the first tab."


def test_a_death_meanwhile_needs_the_nurse_and_nothing_is_lost(day: Day, context: BrowserContext) -> None:
    name = "Otto Quimby"
    page = day.arrives(context)
    context.set_offline(True)
    page.goto(day.address + day.of(name))
    found(page, "He was calm.")
    day.later(minutes=5)
    complete(page)
    expect(page.get_by_role("heading", name="Waiting to be sent")).to_be_visible()
    page.close()
    day.command(f"/api/patients/{day.patients[name]}/report-death", {"source": "family", "note": "The son called."})
    context.set_offline(False)
    page = context.new_page()
    page.goto(f"{day.address}/day")
    expect(page.get_by_text("Needs you: not recorded")).to_be_visible()
    expect(page.get_by_text("Confirm or dismiss that first.")).to_be_visible()
    page.get_by_role("link", name=f"{name}, visit 1").click()
    expect(page.get_by_role("heading", name="Needs you: this is not recorded")).to_be_visible()
    expect(page.get_by_label("Note")).to_have_value("He was calm.")
    expect(page.get_by_role("radiogroup", name="Pain").get_by_label("4", exact=True)).to_be_checked()
    assert day.completed(name) == []
    page.get_by_role("button", name="Discard what I typed").click()
    page.get_by_role("button", name="Discard it").click()
    expect(page.get_by_label("Note")).to_have_value("")


def test_a_page_is_kept_for_a_day_at_most_and_what_was_typed_for_longer(day: Day, context: BrowserContext) -> None:
    page = day.arrives(context)
    page.goto(day.address + day.of("Mary Okafor"))
    page.get_by_label("Note").fill("Typed yesterday.")
    expect(page.get_by_text("Kept on this phone since")).to_be_visible()
    page.evaluate(AGE, 25)
    context.set_offline(True)
    page.goto(day.address + day.of("Mary Okafor"))
    expect(page.get_by_role("heading", name="No network")).to_be_visible()
    expect(page.get_by_text("Okafor")).to_have_count(0)
    page.goto(f"{day.address}/day")
    expect(page.get_by_role("heading", name="No network")).to_be_visible()
    context.set_offline(False)
    page.goto(day.address + day.of("Mary Okafor"))
    expect(page.get_by_label("Note")).to_have_value("Typed yesterday.")


def test_who_is_signed_out_leaves_no_page_and_what_was_typed_waits(day: Day, context: BrowserContext) -> None:
    page = day.arrives(context)
    page.goto(day.address + day.of("Mary Okafor"))
    found(page, "Signed out.")
    Network.fault = "out"
    complete(page)
    expect(page.get_by_role("link", name="Sign in to send it")).to_be_visible()
    becomes(page, f"async () => (await ({COPIES})()) === 0")
    assert day.completed("Mary Okafor") == []


def test_what_another_typed_is_not_sent_by_me(day: Day, context: BrowserContext) -> None:
    page = day.arrives(context)
    page.goto(day.address + day.of("Mary Okafor"))
    context.set_offline(True)
    page.goto(day.address + day.of("Mary Okafor"))
    page.evaluate(
        """async () => {
          const id = "other /visits/x";
          const visit = { id, who: "other", path: location.pathname, title: "Somebody, visit 1", key: "other" };
          await carebusKept.press(visit, [["idempotency_key", "other"], ["visit_note", "Theirs"]], {});
        }"""
    )
    context.set_offline(False)
    page.goto(f"{day.address}/day")
    expect(page.get_by_text("Somebody else left 1 unsent on this phone.")).to_be_visible()
    expect(page.get_by_text("Theirs")).to_have_count(0)
    assert day.completed("Mary Okafor") == []


def test_a_phone_forgets_everything_without_network(day: Day, context: BrowserContext) -> None:
    page = day.arrives(context)
    page.goto(day.address + day.of("Mary Okafor"))
    page.get_by_label("Note").fill("To be lost.")
    expect(page.get_by_text("Kept on this phone since")).to_be_visible()
    context.set_offline(True)
    page.goto(f"{day.address}/day")
    page.get_by_role("button", name="Forget this phone").click()
    expect(page.get_by_text("Unsent visits that would be lost: 1.")).to_be_visible()
    page.get_by_role("button", name="Keep it").click()
    page.get_by_role("button", name="Forget this phone").click()
    page.get_by_role("button", name="Forget all the same").click()
    expect(page.get_by_role("heading", name="This phone has forgotten everything")).to_be_visible()
    assert page.evaluate(COPIES) == 0
    assert page.evaluate("async () => (await indexedDB.databases()).length") == 0
    assert page.evaluate("async () => (await navigator.serviceWorker.getRegistrations()).length") == 0
    expect(page.get_by_text("Okafor")).to_have_count(0)


def test_a_visit_ends_when_the_nurse_says_so(day: Day, context: BrowserContext) -> None:
    page = day.arrives(context)
    page.goto(day.address + day.of("Mary Okafor"))
    assert page.get_by_label("Ended").input_value() == ""
    day.command(f"/api{day.of('Mary Okafor')}/start", {})
    page.reload()
    before = page.get_by_label("Ended").input_value()
    page.evaluate("() => { const real = Date.now; Date.now = () => real() + 1800000; }")
    page.evaluate("document.querySelector('[data-visit] form').addEventListener('submit', (e) => e.preventDefault())")
    page.get_by_label("Began").fill(before)
    complete(page)
    assert page.get_by_label("Began").input_value() == before
    assert page.get_by_label("Ended").input_value() > before


def test_without_a_script_the_day_and_its_forms_work(day: Day, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{day.address}/day")
    expect(page.get_by_role("button", name="Forget this phone")).to_have_count(0)
    page.get_by_role("listitem").filter(has_text="June Park").get_by_role("link", name="Complete the visit").click()
    found(page, "Without a script.")
    complete(page)
    expect(page.get_by_text("Visit 1 completed", exact=True)).to_be_visible()
    assert [told.visit_note for told in day.completed("June Park")] == ["Without a script."]
    context.close()
