"""What is typeset: every script we have fonts for, hostile text as text, and a plain refusal of what can't be drawn."""

from __future__ import annotations

import re
import zlib
from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.care_plan.channels.documents.fonts import FAMILIES, fonts
from services.care_plan.channels.documents.summary import Section, Summary, as_pdf, is_rtl, plain
from services.care_plan.channels.documents.typesetting import CannotBeDrawn

SCRIPTS = {
    "Latin": "Zoë Nguyễn-Østergård",
    "Greek": "Ελένη Παπαδοπούλου",
    "Cyrillic": "Жанна Ющенко",
    "Arabic": "محمد الأمين",
    "Hebrew": "שולמית כהן",
    "Devanagari": "अनुष्का शर्मा",
    "Chinese": "王小明 龍國",
    "Japanese": "さくら カタカナ 桜",
    "Korean": "김철수",
}
HOSTILE = (
    '#eval("1+1")', "]", "\\", "#{1}", "$x$", "@ref", "<label>", "*b*", "_i_", "// c", "/* c */", "`raw`", "= head",
    "~", "#import \"x\"", "[[", "\\u{41}", "#sys.inputs", "\u202e\u2066", "\t",
)  # fmt: skip


def of(name: str = "Rosa Almeida", *lines: str, version: int = 1) -> Summary:
    """A summary of somebody with this name, with these lines of a note."""
    told = tuple(map(plain, lines))
    sections = (
        Section("changed", "What changed", ("First visit: nothing to compare with.",)),
        Section("note", "Note", told or ("Slept better.",), is_rtl(" ".join(told))),
    )
    issued_at = datetime(2026, 3, 3, 9, tzinfo=UTC)
    day = "March 3, 2026"
    return Summary(UUID(int=1), version, plain(name), "May 17, 1948", day, day, issued_at, "Dr. Osei", sections)


def fonts_in(file: bytes) -> set[str]:
    """The fonts that a PDF holds, by the names in its objects."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", file, re.DOTALL)
    texts = [file, *(zlib.decompressobj().decompress(each) for each in streams if each[:1] == b"x")]
    return {found.decode() for text in texts for found in re.findall(rb"/FontName ?/[A-Z]{6}\+([\w-]+)", text)}


def test_the_fonts_are_packaged_and_none_is_the_machines_own() -> None:
    assert set(FAMILIES) <= set(fonts().families())
    assert len(fonts().families()) < 12


@pytest.mark.parametrize("script", SCRIPTS)
async def test_names_and_notes_are_drawn_in_every_script(script: str) -> None:
    file = await as_pdf(of(SCRIPTS[script], SCRIPTS[script]))
    assert file.startswith(b"%PDF-1.7")
    assert b"/MarkInfo" in file


async def test_a_script_is_drawn_with_its_own_font() -> None:
    assert any("Arabic" in name for name in fonts_in(await as_pdf(of(SCRIPTS["Arabic"]))))
    assert any("CJK" in name for name in fonts_in(await as_pdf(of(SCRIPTS["Chinese"]))))


@pytest.mark.parametrize("text", HOSTILE)
async def test_what_looks_like_markup_is_set_as_it_is(text: str) -> None:
    assert (await as_pdf(of(text, text))).startswith(b"%PDF")


async def test_markup_is_not_obeyed() -> None:
    plainly, hostile = await as_pdf(of("Rosa", "Slept.")), await as_pdf(of("Rosa", "#pagebreak()#pagebreak()"))
    pages = rb"/Count (\d+)"
    assert re.findall(pages, plainly) == re.findall(pages, hostile)


@pytest.mark.parametrize("character", ["ᚠ", "😀", "ไทย", "\ue000", "\ufffe", "\U000e0001x\u0f40"])
async def test_what_no_font_draws_is_refused_without_being_told(character: str) -> None:
    with pytest.raises(CannotBeDrawn) as refused:
        await as_pdf(of("Rosa Almeida", f"Said {character}."))
    assert character not in str(refused.value)
    assert refused.value.__cause__ is None


async def test_the_same_summary_is_the_same_file() -> None:
    assert await as_pdf(of()) == await as_pdf(of())


def test_characters_that_turn_what_follows_are_taken_out() -> None:
    assert plain("Rosa \u202eadeimlA\u2069") == "Rosa adeimlA"


@pytest.mark.parametrize(
    ("text", "rtl"), [("Slept.", False), ("12 שולמית", True), ("محمد AKPS", True), ("AKPS محمد", False), ("12", False)]
)
def test_a_text_runs_as_its_first_letter_does(text: str, *, rtl: bool) -> None:
    assert is_rtl(text) is rtl
