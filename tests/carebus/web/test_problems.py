"""Problems tell programs and people what went wrong, and never what was typed."""

from __future__ import annotations

import pickle
from typing import Annotated, Any

import pytest
from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel, Field

from carebus.errors import CarebusError
from carebus.web import SecureHeaders, install_problems
from carebus.web.problems import wants_html
from tests.carebus.web.asking import Asker

SECRET = "Zyxwv4711"
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


class VisitNotPlanned(CarebusError):
    """Visit {number} is not
    planned.

    More for the reader of the code.
    """

    status = 404


class TooLate(CarebusError):
    """Choose a later day."""

    field = "planned.day"


class Body(BaseModel):
    name: str = Field(max_length=3)
    pain: int


@pytest.fixture
def client() -> Asker:
    app = FastAPI()
    app.add_middleware(SecureHeaders)
    install_problems(app, help_line="555 0100")

    @app.post("/body")
    async def body(body: Body, key: Annotated[str, Header(alias="Idempotency-Key")]) -> Body:
        return body

    @app.get("/fail/{kind}")
    async def fail(kind: str) -> None:
        kinds: dict[str, Exception] = {
            "planned": VisitNotPlanned(number=7),
            "late": TooLate(),
            "auth": HTTPException(401, "Sign in first.", {"WWW-Authenticate": "Bearer"}),
            "unchanged": HTTPException(304),
            "odd": HTTPException(499, {"name": SECRET}),
        }
        raise kinds.get(kind) or RuntimeError(SECRET)

    return Asker(app, strict=False)


def problem(answer: Any) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    found: dict[str, Any] = answer.json()
    assert found["status"] == answer.status_code
    return found


def test_broken_fields_are_named_with_their_rules(client: Asker) -> None:
    answer = client.post("/body", json={"name": SECRET, "pain": SECRET})
    told = problem(answer)
    assert told["type"] == "urn:carebus:problem:invalid_request"
    assert told["errors"] == [
        {"field": "Idempotency-Key", "rule": "This is required."},
        {"field": "name", "rule": "Write at most 3 characters."},
        {"field": "pain", "rule": "Give a whole number."},
    ]
    assert SECRET not in answer.text


@pytest.mark.parametrize("headers", [{}, BROWSER], ids=["program", "person"])
def test_broken_json_is_refused_without_repeating_it(client: Asker, headers: dict[str, str]) -> None:
    sent = {**headers, "Content-Type": "application/json", "Idempotency-Key": "1"}
    answer = client.post("/body", content=f'{{"name": {SECRET}', headers=sent)
    assert answer.status_code == 422
    assert "Send valid JSON." in answer.text
    assert SECRET not in answer.text


def test_a_domain_error_says_its_docstring(client: Asker) -> None:
    assert problem(client.get("/fail/planned")) == {
        "type": "urn:carebus:problem:visit_not_planned",
        "title": "Not Found",
        "status": 404,
        "detail": "Visit 7 is not planned.",
        "code": "visit_not_planned",
    }


def test_a_domain_error_may_blame_a_field(client: Asker) -> None:
    told = problem(client.get("/fail/late"))
    assert (told["status"], told["errors"]) == (409, [{"field": "planned.day", "rule": "Choose a later day."}])


def test_an_http_error_keeps_its_headers_and_words(client: Asker) -> None:
    answer = client.get("/fail/auth")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert problem(answer)["detail"] == "Sign in first."
    assert problem(client.get("/nowhere"))["title"] == "Not Found"
    assert client.get("/fail/unchanged").content == b""


def test_an_odd_http_error_is_told_without_its_details(client: Asker) -> None:
    answer = client.get("/fail/odd")
    assert problem(answer) == {"type": "about:blank", "title": "Error", "status": 499}


@pytest.mark.parametrize("headers", [{}, BROWSER], ids=["program", "person"])
def test_a_surprise_tells_nothing(client: Asker, headers: dict[str, str]) -> None:
    answer = client.get("/fail/surprise", headers=headers)
    assert answer.status_code == 500
    assert SECRET not in answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers.get_list("cache-control") == ["no-store"]


def test_people_get_a_page_with_the_same_words_and_the_care_line(client: Asker) -> None:
    answer = client.get("/fail/planned", headers=BROWSER)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "Visit 7 is not planned." in answer.text
    assert 'href="tel:5550100"' in answer.text


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", False),
        ("*/*", False),
        ("application/json", False),
        ("text/html", True),
        (BROWSER["Accept"], True),
        ("text/html;q=0.5, application/json", False),
        ("text/html;q=0", False),
        ("text/html;q=high", False),
        ("application/problem+json, text/html;q=0.9", False),
    ],
)
def test_only_who_prefers_a_page_gets_one(accept: str, expected: bool) -> None:
    assert wants_html(accept) is expected


def test_an_error_survives_the_way_between_processes() -> None:
    copied = pickle.loads(pickle.dumps(VisitNotPlanned(number=7, field="visit")))
    assert (str(copied), copied.field, copied.code) == ("Visit 7 is not planned.", "visit", "visit_not_planned")
