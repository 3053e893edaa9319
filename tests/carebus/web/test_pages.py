"""Pages escape everything, find their templates and files, and carry the headers that keep patients' data in them."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from jinja2 import UndefinedError

from carebus.web import Form, Link, Pages, links_from, pages
from carebus.web.charts import bar_chart, sparkline
from tests.carebus.web.asking import Asker

NASTY = "<script>alert('x')</script>\" onload=\""


def client_of(shown: Pages, template: str, **context: Any) -> Asker:
    app = FastAPI()
    shown.install(app)

    @app.get("/", response_class=HTMLResponse)
    async def page(request: Request) -> HTMLResponse:
        return shown.render(request, template, **context)

    return Asker(app)


def rendered(folder: Path, source: str, **context: Any) -> str:
    (folder / "page.html").write_text(source)
    answer = client_of(pages(folder, service="Care", links=()), "page.html", **context).get("/")
    return answer.text


def test_a_page_carries_the_security_headers(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text('{% extends "base.html" %}')
    headers = client_of(pages(tmp_path, service="Care", links=()), "page.html").get("/").headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"


def test_the_style_sheet_is_kept_only_under_the_address_of_its_content(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("{{ static('carebus.css') }}")
    client = client_of(pages(tmp_path, service="Care", links=()), "page.html")
    address = client.get("/").text
    assert address.startswith("/static/carebus/carebus.css?v=")
    assert client.get(address).headers["cache-control"] == "public, max-age=31536000, immutable"
    assert client.get(address + "0").headers["cache-control"] == "no-cache"
    assert client.get("/static/carebus/nothing.css").status_code == 404
    assert client.get("/static/carebus/../pages.py").status_code == 404


def test_the_service_replaces_a_template_of_the_kit(tmp_path: Path) -> None:
    assert rendered(tmp_path, '{% extends "base.html" %}{% block content %}Own{% endblock %}').count("Own") == 1
    (tmp_path / "error.html").write_text("Ours")
    assert client_of(pages(tmp_path, service="Care", links=()), "error.html").get("/").text == "Ours"


def test_a_missing_value_is_an_error_and_not_an_empty_place(tmp_path: Path) -> None:
    with pytest.raises(UndefinedError):
        rendered(tmp_path, "{{ nobody }}")


PARTS = """{% from "macros/parts.html" import page_header, card, stat, badge, notice, button, table, definitions,
 timeline, empty_state, progress, breadcrumbs, more %}
{{ page_header(x, x, x) }}{% call card(x) %}{{ x }}{% endcall %}{{ stat(x, x, x, x) }}{{ badge(x, "good") }}
{{ notice("bad", x, x) }}{{ button(x, href="/?a=" ~ x) }}{{ button(x, name=x, value=x) }}
{{ table(x, [x, x], [[x, x]]) }}
{{ definitions([(x, x)]) }}{{ timeline([{"at": x, "title": x, "text": x, "actor": x}]) }}{{ empty_state(x, x, "/", x) }}
{{ progress(x, 1, 2, x) }}{{ breadcrumbs([{"href": "/", "label": x}], x) }}{% call more(x) %}{{ x }}{% endcall %}"""

FORMS = """{% from "macros/forms.html" import post_form, field, textarea, select, radios,
 checkboxes, checkbox, fieldset, hidden %}
{% call post_form(form, x) %}{{ field(form, "a", x, x, unit=x) }}{{ textarea(form, "a", x, x) }}
{{ select(form, "a", [(x, x)], x, x) }}
{{ radios(form, "a", [(x, x, x)], x, x) }}{{ checkboxes(form, "a", [(x, x, x)], x, x) }}
{{ checkbox(form, "a", x, x, x) }}
{% call fieldset(x, x) %}{% endcall %}{{ hidden(x, x) }}{% endcall %}"""

CHARTS = """{% from "macros/charts.html" import chart, sparkline %}{{ chart(bars) }}{{ sparkline(spark) }}"""


@pytest.mark.parametrize("source", [PARTS, FORMS, CHARTS], ids=["parts", "forms", "charts"])
def test_no_macro_lets_markup_through(tmp_path: Path, source: str) -> None:
    form = Form({"a": (NASTY,)}, {"a": NASTY, "": NASTY}, {"a": NASTY})
    bars, spark = bar_chart(NASTY, [(NASTY, 1), ("b", 2)], unit=NASTY), sparkline([1, 2], label=NASTY)
    text = rendered(tmp_path, source, x=NASTY, form=form, bars=bars, spark=spark)
    assert "&lt;script&gt;" in text
    assert "<script" not in text
    assert '" onload="' not in text
    assert "style=" not in text


def test_a_field_says_what_is_wrong_where_it_is_and_keeps_what_was_typed(tmp_path: Path) -> None:
    form = Form(
        {"contact.email": ("nobody",)}, {"contact.email": "Write an e-mail address."}, {"contact.email": "E-mail"}
    )
    source = (
        '{% from "macros/forms.html" import post_form, field %}'
        '{% call post_form(form) %}{{ field(form, "contact.email", hint="h") }}{% endcall %}'
    )
    text = rendered(tmp_path, source, form=form)
    assert '<a href="#field-contact-email">E-mail</a>: Write an e-mail address.' in text
    assert 'value="nobody"' in text
    assert 'aria-describedby="field-contact-email-hint field-contact-email-error" aria-invalid="true"' in text


def test_a_textarea_keeps_a_first_empty_line(tmp_path: Path) -> None:
    source = '{% from "macros/forms.html" import textarea %}{{ textarea(form, "a") }}'
    assert ">\n\nstory</textarea>" in rendered(tmp_path, source, form=Form.blank(a="\nstory"))


def test_a_password_is_never_sent_back(tmp_path: Path) -> None:
    source = '{% from "macros/forms.html" import field %}{{ field(form, "word", type="password") }}'
    assert "opensesame" not in rendered(tmp_path, source, form=Form.blank(word="opensesame"))


def test_moments_are_told_in_the_zone_asked_for(tmp_path: Path) -> None:
    text = rendered(
        tmp_path,
        "{{ at | moment }}|{{ at | moment('America/Chicago') }}|{{ at | day }}",
        at=datetime(2026, 3, 3, 20, 5, tzinfo=UTC),
    )
    assert text == (
        '<time datetime="2026-03-03T20:05:00+00:00">Tue 3 Mar 2026, 20:05 UTC</time>|'
        '<time datetime="2026-03-03T14:05:00-06:00">Tue 3 Mar 2026, 14:05 CST</time>|'
        '<time datetime="2026-03-03">Tue 3 Mar 2026</time>'
    )


def test_links_are_read_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAREBUS_LINKS", "Referrals=http://a.test/?x=1, Care=http://testserver/")
    (tmp_path / "page.html").write_text('{% extends "base.html" %}')
    text = client_of(pages(tmp_path, service="Other"), "page.html").get("/").text
    assert '<a href="http://a.test/?x=1">Referrals</a>' in text
    assert '<a href="http://testserver/" aria-current="true">Care</a>' in text


def test_links_that_a_browser_would_run_are_refused() -> None:
    for text in ("Bad=javascript:alert(1)", "Bad", "=http://a.test", "Bad=data:text/html,x"):
        with pytest.raises(ValueError, match="link"):
            links_from(text)
    assert links_from("") == ()
    assert links_from("A=/a") == (Link("A", "/a"),)


def test_a_page_that_is_asked_for_again_is_not_sent_again_while_it_says_the_same(tmp_path: Path) -> None:
    key = '<input type="hidden" name="idempotency_key" value="{{ key() }}">'
    (tmp_path / "page.html").write_text(f'<div id="a" data-refresh="5">{{{{ said[0] }}}}{key}</div>')
    said, keys = ["one"], count()
    client = client_of(pages(tmp_path, service="Care", links=()), "page.html", said=said, key=lambda: next(keys))
    first = client.get("/")
    again = client.get("/", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.text) == (304, "")
    assert again.headers["cache-control"] == "no-store"
    said[0] = "two"
    changed = client.get("/", headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]


def test_a_page_that_nobody_asks_for_again_has_no_tag(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("once")
    assert "etag" not in client_of(pages(tmp_path, service="Care", links=()), "page.html").get("/").headers
