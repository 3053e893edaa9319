"""The menu of an installation may be a file: whoever joins it is in the menus of all that run already."""

from __future__ import annotations

from pathlib import Path

from carebus.web import Link, links_from, pages
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
