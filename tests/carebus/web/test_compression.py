"""Answers are compressed, but never one that another site has a reader's browser ask for."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from starlette.responses import PlainTextResponse, Response

from carebus.web.compression import SMALLEST, Compressed
from tests.carebus.web.asking import Asker

LONG = "patient " * SMALLEST


@pytest.fixture
def client() -> Asker:
    app = FastAPI()
    app.add_middleware(Compressed)

    @app.get("/long")
    async def long() -> Response:
        return PlainTextResponse(LONG)

    @app.get("/short")
    async def short() -> Response:
        return PlainTextResponse("patient")

    @app.get("/picture")
    async def picture() -> Response:
        return Response(LONG, media_type="image/png")

    return Asker(app)


@pytest.mark.parametrize(
    "headers", [{}, {"Sec-Fetch-Site": "same-origin", "Cookie": "a=b"}, {"Sec-Fetch-Site": "none"}]
)
def test_what_programs_and_our_own_pages_ask_for_is_compressed(client: Asker, headers: dict[str, str]) -> None:
    answer = client.get("/long", headers=headers)
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.text == LONG
    assert "accept-encoding" in answer.headers["vary"].lower()


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Cookie": "a=b"}]
)
def test_what_another_site_may_have_brought_about_is_not(client: Asker, headers: dict[str, str]) -> None:
    answer = client.get("/long", headers=headers)
    assert "content-encoding" not in answer.headers
    assert answer.text == LONG


@pytest.mark.parametrize("path", ["/short", "/picture"])
def test_what_is_short_or_compressed_already_is_left_as_it_is(client: Asker, path: str) -> None:
    assert "content-encoding" not in client.get(path).headers


def test_whoever_cannot_read_it_gets_it_plain(client: Asker) -> None:
    answer = client.get("/long", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in answer.headers
    assert answer.text == LONG
