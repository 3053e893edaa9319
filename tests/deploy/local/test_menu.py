"""The menu of a local run names for each service those whom its own rules let in, and where people are found."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from deploy.local.fleet import Fleet
from deploy.local.menu import OPEN_TO, READERS, links_of, services_of
from deploy.local.options import PORTS, SERVICES, Options, operators_of


def let_in(service: str, route: str) -> set[str]:
    rule = importlib.import_module(f"services.{service}.access").ACCESS.reads[route]
    return {way.role for way in rule.ways if way.role}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_in_the_menu_of_those_who_may_open_it(service: str) -> None:
    assert OPEN_TO[service] == let_in(service, "GET /")


def test_people_are_found_by_those_who_may_search() -> None:
    assert let_in("referral", "POST /find") == READERS == let_in("referral", "GET /find")


def test_a_run_writes_its_menu(tmp_path: Path) -> None:
    options = Options(data=tmp_path)
    Fleet(options).write_links()
    assert list(links_of(options.links_file)) == [
        "Start",
        "Referral",
        "Care plan",
        "Notifications",
        "Outcomes",
        "Audit",
        "Line",
        "Wishes",
        "Equipment",
    ]
    assert list(services_of(options.links_file)) == list(SERVICES)
    assert services_of(options.operators_file) == {
        name: f"http://127.0.0.1:{PORTS[operators_of(name)]}" for name in SERVICES
    }
    text = options.links_file.read_text()
    assert "find:Find a person=" in text
    assert "person:Care plan=" in text
