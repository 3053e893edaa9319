"""The page of all events says what contracts, the services' own tables and releases say, and needs nothing else."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from carebus.contracts import EVENTS
from carebus.contracts.care_plan import VisitCompleted
from carebus.web import pages
from carebus.web.charts.scales import text_width
from deploy.catalogue import page
from deploy.catalogue.entries import UNRELEASED, Entry, entries, heard_by, services, since
from deploy.catalogue.graph import PAD, graph
from deploy.local.inbox import Inbox
from deploy.local.portal import TEMPLATES, portal
from services.outcomes.handlers import HANDLERS as OUTCOMES

OFFLINE = page.offline()


def entry(name: str) -> Entry:
    return next(one for one in entries() if one.name == name)


def test_every_event_is_on_the_page_once_with_all_that_there_is_to_say() -> None:
    sections = dict(
        re.findall(r'<section class="card" aria-labelledby="([A-Z]\w+)">(.*?)</section>', OFFLINE, re.DOTALL)
    )
    assert sections.keys() == {kind.__name__ for kind in EVENTS.values()}
    for one in entries():
        section = html.unescape(sections[one.name].replace("<code>", "`").replace("</code>", "`"))
        for said in (one.gist, one.told_by, *one.heard_by, one.topic, one.type_name, one.since, *dict(one.marks)):
            assert said in section, f"{one.name}: {said}"
        assert json.loads(one.example)


def test_who_hears_is_read_from_the_services_own_tables() -> None:
    assert heard_by(services())["outcomes"] == frozenset(OUTCOMES)
    assert entry("VisitCompleted").heard_by == ("line", "notifications", "outcomes", "referral", "wishes")
    assert entry("VisitCompleted").told_by == "care_plan"


def test_protected_fields_are_named_with_their_kind() -> None:
    assert ("visit_note", "a free text") in entry("VisitCompleted").marks
    assert "<code>visit_note</code>: a free text" in OFFLINE


def test_an_event_is_as_old_as_the_first_release_that_has_it(tmp_path: Path) -> None:
    for release in ("0.10.0", "0.9.0"):
        (tmp_path / release / "events").mkdir(parents=True)
        (tmp_path / release / "events" / "VisitCompleted.json").touch()
    assert since("VisitCompleted", tmp_path) == "0.9.0"
    assert since("VisitOverdue", tmp_path) == UNRELEASED
    assert entry("VisitCompleted").since == "0.1.0"


def test_the_offline_page_asks_for_nothing_else() -> None:
    addresses = re.findall(r'(?:href|src)="([^"]*)"', OFFLINE)
    assert addresses
    assert [where for where in addresses if not where.startswith(("#", "data:"))] == []
    anchors = {where.removeprefix("#") for where in addresses if where.startswith("#")}
    assert anchors <= set(re.findall(r'id="([^"]+)"', OFFLINE))


def test_the_graph_says_in_words_and_in_a_table_what_it_draws() -> None:
    found = graph(entries())
    assert "outcomes hears" in found.summary
    for tie in found.ties:
        assert tie.words in found.summary
        assert all(tie.hearer in entry(name).heard_by for name in tie.events)
    assert sum(len(tie.events) for tie in found.ties) == sum(len(one.heard_by) for one in entries())


@pytest.mark.parametrize("size", [0, 1])
def test_the_graph_is_readable_at_every_width(size: int) -> None:
    drawing = graph(entries()).drawings[size]
    for box in drawing.boxes:
        assert 0 <= box.x <= box.x + box.width <= drawing.width
        assert 0 <= box.y <= box.y + box.height <= drawing.height
        for words in (box.name, *(words for _, words in box.rows)):
            assert text_width(words) + 2 * PAD <= box.width
    for one, other in zip(drawing.boxes, drawing.boxes[1:], strict=False):
        assert one.x != other.x or one.y + one.height <= other.y


def test_a_new_service_is_in_the_graph_and_an_event_nobody_hears_says_so() -> None:
    heard = replace(entry("VisitCompleted"), heard_by=("bereavement",))
    unheard = replace(entry("VisitOverdue"), heard_by=())
    context = page.context([heard, unheard])
    assert [(tie.hearer, tie.events) for tie in context["graph"].ties] == [("bereavement", ("VisitCompleted",))]
    assert graph([unheard]).summary == "Nobody hears anything."


async def test_the_platform_serves_the_page_with_its_menu(tmp_path: Path) -> None:
    shown = pages(TEMPLATES, service="Start", links=())
    app = portal(dict, Inbox(tmp_path), shown)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://portal") as client:
        answer = await client.get("/events")
    assert answer.status_code == 200
    assert f'id="{VisitCompleted.__name__}"' in answer.text
    assert "base64" not in answer.text


def test_what_stands_in_backticks_is_code_and_markup_is_text() -> None:
    assert page.in_code("`placer_id` is <b>") == "<code>placer_id</code> is &lt;b&gt;"
