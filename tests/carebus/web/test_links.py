"""The menu of an installation may be a file: whoever joins it is in the menus of all that run already."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from carebus.access import OUTSIDER, AccountRole, Caller
from carebus.web import Link, links_from, pages
from carebus.web.links import FIND, PERSON, parsed, under, written
from tests.carebus.web.test_pages import client_of


def test_a_file_of_links_is_read_again_when_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "links"
    links = links_from(str(file))
    assert list(links) == [], "it need not be there yet"
    file.write_text("A=http://a.test,B=/b")
    assert list(links) == [Link("A", "http://a.test"), Link("B", "/b")]
    file.with_suffix(".new").write_text("C=http://c.test")
    file.with_suffix(".new").replace(file)
    assert list(links) == [Link("C", "http://c.test")]
    assert links[0].label == "C"


def test_a_page_shows_the_menu_as_it_is_now(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text('{% extends "base.html" %}')
    client = client_of(pages(tmp_path, service="Care", links=links_from(str(tmp_path / "links"))), "page.html")
    assert 'aria-label="Services"' not in client.get("/").text
    (tmp_path / "links").write_text("Check in=http://127.0.0.1:8110")
    assert '<a href="http://127.0.0.1:8110">Check in</a>' in client.get("/").text


SOMEBODY = UUID(int=7)
MENU = (
    "Referral=http://testserver/referral|coordinator,Outcomes=http://testserver/outcomes,"
    "find:Find a person=http://testserver/referral/find|coordinator nurse,"
    "person:Care plan=http://testserver/care-plan/patients/{patient_id}|nurse"
)


def as_(*roles: AccountRole) -> Caller:
    return Caller(account=SOMEBODY, roles=frozenset(roles), name="Ann")


def page_of(folder: Path, links: str, who: Caller) -> str:
    (folder / "page.html").write_text('{% extends "base.html" %}')
    shown = pages(folder, service="Care", links=links_from(links))
    return client_of(shown, "page.html", who=who).get("/").text


def test_a_link_says_whom_it_is_for_and_what() -> None:
    referral, outcomes, find, person = links = parsed(MENU)
    assert referral == Link("Referral", "http://testserver/referral", frozenset({"coordinator"}))
    assert (outcomes.roles, outcomes.use) == (frozenset(), "")
    assert (find.use, find.label, find.roles) == (FIND, "Find a person", frozenset({"coordinator", "nurse"}))
    assert (person.use, person.about(SOMEBODY)) == (PERSON, f"http://testserver/care-plan/patients/{SOMEBODY}")
    assert parsed(",".join(map(written, links))) == links
    assert parsed("Who: me=/a")[0].label == "Who: me", "a colon alone is no use"


def test_the_head_has_the_services_that_ones_role_may_open(tmp_path: Path) -> None:
    coordinator, nurse = (page_of(tmp_path, MENU, as_(role)) for role in (AccountRole.COORDINATOR, AccountRole.NURSE))
    assert ">Referral</a>" in coordinator
    assert ">Referral</a>" not in nurse
    assert all(">Outcomes</a>" in page and ">Care plan</a>" not in page for page in (coordinator, nurse))
    assert ">Referral</a>" in page_of(tmp_path, MENU, OUTSIDER), "who has not signed in may try"


def test_the_head_has_a_box_to_find_a_person_for_those_who_may(tmp_path: Path) -> None:
    box = '<form method="post" action="http://testserver/referral/find" role="search"'
    assert box in page_of(tmp_path, MENU, as_(AccountRole.NURSE))
    assert box not in page_of(tmp_path, MENU, as_(AccountRole.ANALYST))
    assert "Find a person" not in page_of(tmp_path, MENU, OUTSIDER)


def test_a_box_of_another_origin_is_a_link_since_no_browser_would_post_to_it(tmp_path: Path) -> None:
    page = page_of(tmp_path, MENU.replace("http://testserver", "http://elsewhere:81"), as_(AccountRole.NURSE))
    assert '<a href="http://elsewhere:81/referral/find">Find a person</a>' in page
    assert 'role="search"' not in page


@pytest.mark.parametrize("other", ["?page=2", "#content", "", "https://x.example/", "tel:1"])
def test_the_prefix_goes_before_paths_only(other: str) -> None:
    assert under("/care-plan", "/patients") == "/care-plan/patients"
    assert under("/care-plan", other) == other
