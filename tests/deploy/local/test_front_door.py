"""The front door of a local run: everything under one address, and nothing of one visitor reaches another."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from carebus.web import pages
from deploy.local.front_door import OUTSIDERS
from deploy.local.inbox import Inbox
from deploy.local.portal import MENU, TEMPLATES, portal
from deploy.local.process import free_port
from tests.browser.sample import served
from tests.deploy.local.standing import standing

FORGED = {
    "X-Forwarded-For": "6.6.6.6",
    "X-Forwarded-Proto": "https",
    "Forwarded": "for=6.6.6.6",
    "X-Real-IP": "6.6.6.6",
    "X-Forwarded-Host": "evil.example",
}


async def tells(request: Request) -> Response:
    """What has arrived, as it arrived."""
    body = await request.body()
    told = {
        "method": request.method,
        "path": request.scope["raw_path"].decode(),
        "query": request.scope["query_string"].decode(),
        "headers": [(name.decode(), value.decode()) for name, value in request.scope["headers"]],
        "length": len(body),
    }
    answer = Response(json.dumps(told), 200, {"Keep-Alive": "timeout=9", "X-Whole": "yes"})
    answer.set_cookie("one", "1")
    answer.set_cookie("two", "2")
    return answer


async def away(_: Request) -> Response:
    return RedirectResponse("/care-plan/elsewhere", 303)


async def slow(_: Request) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"first"
        await asyncio.sleep(1)
        yield b"last"

    return StreamingResponse(pieces())


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("front")
    every = ["GET", "POST"]
    inside = Starlette(
        routes=[
            Route("/care-plan/slow", slow),
            Route("/care-plan/away", away),
            Route("/{path:path}", tells, methods=every),
        ]
    )
    with served(inside) as where:
        behind = {"referral": where, "care_plan": where, "outcomes": f"http://127.0.0.1:{free_port()}"}
        shown = pages(TEMPLATES, service="Start", menu=MENU, links=[])
        with standing(portal(dict, Inbox(folder), shown, behind)) as front:
            yield front


@pytest.fixture
async def visitor(address: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=20) as one:
        yield one


def headers_in(answer: httpx.Response) -> dict[str, str]:
    return dict(answer.json()["headers"])


async def test_a_request_goes_on_as_it_is_with_its_own_host(visitor: httpx.AsyncClient, address: str) -> None:
    body = b"x" * 3_000_000
    answer = await visitor.post("/care-plan/patients/a%2Fb?show=all&show=1", content=body, headers={"Cookie": "mine=1"})
    told = answer.json()
    assert (told["method"], told["path"], told["query"]) == ("POST", "/care-plan/patients/a%2Fb", "show=all&show=1")
    assert told["length"] == len(body)
    assert headers_in(answer)["host"] == address.removeprefix("http://")
    assert headers_in(answer)["cookie"] == "mine=1"
    assert answer.headers.get_list("set-cookie") == ["one=1; Path=/; SameSite=lax", "two=2; Path=/; SameSite=lax"]


async def test_who_asks_is_told_by_the_front_door_only(visitor: httpx.AsyncClient, address: str) -> None:
    said = headers_in(await visitor.get("/referral/", headers=FORGED))
    assert (said["x-forwarded-for"], said["x-forwarded-proto"]) == ("127.0.0.1", "http")
    assert said["x-forwarded-host"] == address.removeprefix("http://")
    assert not {"6.6.6.6", "for=6.6.6.6", "evil.example"} & set(said.values())


async def test_what_is_said_between_neighbours_goes_no_further(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/referral/", headers={"Connection": "keep-alive, X-Mine", "X-Mine": "1"})
    assert not {"x-mine", "te", "upgrade"} & headers_in(answer).keys()
    assert "keep-alive" not in answer.headers
    assert answer.headers["x-whole"] == "yes"


@pytest.mark.parametrize(
    ("line", "arrives"),
    [
        (b"Authorization: Bearer ", "Bearer"),
        (b"Authorization:\t Basic x \t", "Basic x"),
        (b"Authorization:", ""),
    ],
)
async def test_a_header_that_ends_in_a_space_arrives_without(address: str, line: bytes, arrives: str) -> None:
    where = httpx.URL(address)
    reader, writer = await asyncio.open_connection(where.host, where.port)
    writer.write(b"GET /referral/ HTTP/1.1\r\nHost: %s\r\n%s\r\n\r\n" % (where.netloc, line))
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    (length,) = [int(one.split(b":")[1]) for one in head.lower().split(b"\r\n") if one.startswith(b"content-length")]
    told = json.loads(await reader.readexactly(length))
    writer.close()
    await writer.wait_closed()
    assert dict(told["headers"]).get("authorization") == arrives


async def test_no_cookie_of_one_visitor_reaches_another(visitor: httpx.AsyncClient, address: str) -> None:
    await visitor.get("/referral/")
    async with httpx.AsyncClient(base_url=address, trust_env=False) as other:
        assert "cookie" not in headers_in(await other.get("/referral/"))


async def test_a_redirect_is_the_browsers_to_follow(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/care-plan/away")
    assert (answer.status_code, answer.headers["location"]) == (303, "/care-plan/elsewhere")


async def test_an_answer_is_passed_on_while_it_comes(visitor: httpx.AsyncClient) -> None:
    async with visitor.stream("GET", "/care-plan/slow") as answer:
        pieces = answer.aiter_raw()
        assert await asyncio.wait_for(anext(pieces), 0.9) == b"first"
        assert [piece async for piece in pieces] == [b"last"]


@pytest.mark.parametrize("path", [f"{path}/x" for path in OUTSIDERS])
async def test_what_outsiders_hold_is_at_the_root(visitor: httpx.AsyncClient, path: str) -> None:
    assert (await visitor.get(path)).json()["path"] == path


@pytest.mark.parametrize("path", ["/", "/inbox", "/api/inbox", "/health/live", "/events"])
async def test_the_start_page_keeps_its_own(visitor: httpx.AsyncClient, path: str) -> None:
    answer = await visitor.get(path)
    assert answer.status_code == 200
    assert '"raw_path"' not in answer.text
    assert "x-whole" not in answer.headers


@pytest.mark.parametrize("path", ["/referrals", "/care-planning", "/nowhere"])
async def test_a_prefix_is_a_whole_part_of_a_path(visitor: httpx.AsyncClient, path: str) -> None:
    assert (await visitor.get(path)).status_code == 404


async def test_a_service_that_is_away_is_a_kind_page(visitor: httpx.AsyncClient) -> None:
    answer = await visitor.get("/outcomes/", headers={"Accept": "text/html"})
    assert answer.status_code == 503
    assert "We are not ready just now" in answer.text
    assert "content-security-policy" in answer.headers
