"""Files that families, hospitals and strangers send: each is drawn, or refused with a sentence; never a 500."""

from __future__ import annotations

import asyncio
import io
import socket

import httpx
import pytest
import uvicorn
from PIL import Image

from carebus.testing import Bench, people
from services.wishes.channels.files.drawing import draw
from services.wishes.domain.documents.files import MediaType, kind_of
from tests.bearing import Bearing
from tests.wishes import papers
from tests.wishes.people import filed, filed_one, stands, taken_on

SWAP = """
update file_page as p set content = s.content
from (select file_id, content from file_page) as s where s.file_id <> p.file_id
"""
REFUSED = {
    "empty": (b"", "file_empty"),
    "words": (b"not a document", "file_not_taken"),
    "archive": (papers.archive(), "file_not_taken"),
    "page": (b"<html><script>alert(1)</script>", "file_not_taken"),
    "encrypted": (papers.pdf(password="secret"), "file_encrypted"),
    "only the beginning": (b"%PDF-1.7\n", "file_unreadable"),
    "a picture in name": (b"\xff\xd8\xff" + b"x" * 100, "file_unreadable"),
    "half a picture": (papers.image("JPEG")[:2000], "file_broken_off"),
    "bomb": (papers.bomb(), "file_too_much"),
    "too many pages": (papers.pdf(301), "file_too_much"),
}
TAKEN = {
    "pdf": (papers.pdf(3), 3),
    "jpeg": (papers.image("JPEG"), 1),
    "png": (papers.image("PNG"), 1),
    "tiff of a fax": (papers.image("TIFF", frames=2), 2),
    "heic": (papers.image("HEIF"), 1),
    "with a script": (papers.pdf(javascript="app.alert('x')"), 1),
    "polyglot": (papers.polyglot(), 1),
    "a huge page": (papers.pdf(size=(14_000, 14_000)), 1),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_no_document_is_refused_at_its_field_and_nothing_stays(wishes: Bench, name: str) -> None:
    content, code = REFUSED[name]
    patient = await taken_on(wishes)
    answer = await filed(wishes, patient, content=content)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert answer.json()["errors"][0]["field"] == "file"
    assert (await stands(wishes, patient))["documents"] == []
    async with wishes.service.core.database.connection() as db:
        assert await db.fetchval("select count(*) from file") == 0


@pytest.mark.parametrize("name", TAKEN)
async def test_what_is_a_document_is_drawn(name: str) -> None:
    content, pages = TAKEN[name]
    drawn = await draw(content, kind_of(content), 1, 300)
    assert drawn.pages == len(drawn.images) == pages
    for one in drawn.images:
        assert max(Image.open(io.BytesIO(one)).size) <= 1700


async def test_a_file_that_is_too_large_is_refused(wishes: Bench) -> None:
    patient = await taken_on(wishes)
    answer = await filed(wishes, patient, content=b"%PDF-" + b"0" * (10 * 1024 * 1024))
    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")


async def test_half_a_pdf_is_shown_and_says_that_pages_may_be_missing(wishes: Bench) -> None:
    whole = papers.pdf(4)
    patient = await taken_on(wishes)
    answer = await filed(wishes, patient, content=whole[: len(whole) * 3 // 4])
    assert answer.status_code == 200, answer.text
    (document,) = (await stands(wishes, patient))["documents"]
    assert "Pages may be missing" in (await wishes.http.get(document["path"])).text


@pytest.mark.parametrize("appearances", [True, False])
async def test_a_ticked_box_of_a_form_is_drawn(appearances: bool) -> None:
    drawn = await draw(papers.ticked_form(appearances=appearances), MediaType.PDF, 1, 1)
    page = Image.open(io.BytesIO(drawn.images[0])).convert("L")
    scale = page.width / papers.LETTER[0]
    left, top, right, bottom = (edge * scale for edge in (100, 792 - 640, 140, 792 - 600))
    box = page.crop((left, top, right, bottom))
    assert sum(box.histogram()[:100]) > 50


async def test_what_can_be_seen_through_is_paper() -> None:
    drawn = await draw(papers.seen_through(), MediaType.PNG, 1, 1)
    dark = Image.open(io.BytesIO(drawn.images[0])).convert("L").histogram()[:250]
    assert sum(dark) == 0


async def test_pages_beyond_the_first_are_drawn_when_somebody_turns_to_them(wishes: Bench) -> None:
    patient = await taken_on(wishes)
    document = await filed_one(wishes, patient, content=papers.pdf(12))
    picture = await wishes.http.get(f"{document['path']}/pages/12")
    assert picture.content.startswith(b"\xff\xd8\xff")
    assert (await wishes.http.get(f"{document['path']}/pages/13")).status_code == 404


async def test_the_original_is_taken_along_once_it_is_clean(wishes: Bench) -> None:
    patient = await taken_on(wishes)
    sent = papers.polyglot()
    document = await filed_one(wishes, patient, content=sent)
    refused = await wishes.http.get(f"{document['path']}/original")
    assert refused.status_code == 409
    async with wishes.service.core.database.transaction() as db:
        await db.execute("update file set scan = 'clean'")
    taken = await wishes.http.get(f"{document['path']}/original")
    assert taken.content == sent
    assert taken.headers["content-disposition"].startswith("attachment")


async def test_what_documents_hold_can_not_be_read_in_the_database(wishes: Bench) -> None:
    patient = await taken_on(wishes)
    whole = papers.pdf()
    await filed_one(wishes, patient, content=whole)
    async with wishes.service.core.database.connection() as db:
        kept = await db.fetchval("select content from file")
        drawn = await db.fetchval("select content from file_page")
        assert b"PDF" not in kept
        assert not drawn.startswith(b"\xff\xd8")


async def test_a_page_given_to_another_document_does_not_open(wishes: Bench) -> None:
    one, other = await taken_on(wishes), await taken_on(wishes)
    first, second = await filed_one(wishes, one), await filed_one(wishes, other)
    async with wishes.service.core.database.transaction() as db:
        await db.execute(SWAP)
    for document in (first, second):
        answer = await wishes.http.get(f"{document['path']}/pages/1")
        assert (answer.status_code, answer.json()["code"]) == (500, "not_readable")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the part that came is let go of late
async def test_an_upload_that_breaks_off_leaves_nothing(wishes: Bench) -> None:
    patient = await taken_on(wishes)
    form = {"kind": "dnr_order", "status": "final", "signed_on": "2026-02-01"}
    whole = httpx.Request("POST", "http://x/", data=form, files={"file": ("order.pdf", papers.pdf(5))})
    body, kind = whole.read(), whole.headers["content-type"]
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        port = door.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(Bearing(wishes.service), log_level="warning", lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[door]))
        for share in (0.1, 0.5, 0.99):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            head = (
                f"POST /api/patients/{patient}/documents HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nIdempotency-Key: {share}"
                f"\r\nAuthorization: Bearer {people.everybody()}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}"
            )
            writer.write(f"{head}\r\n\r\n".encode() + body[: int(len(body) * share)])
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        server.should_exit = True  # which waits for what is under way
        await serving
    assert (await stands(wishes, patient))["documents"] == []
    async with wishes.service.core.database.connection() as db:
        assert await db.fetchval("select count(*) from file") == 0
    assert (await filed(wishes, patient)).status_code == 200
