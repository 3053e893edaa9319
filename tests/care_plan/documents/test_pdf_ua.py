"""Every summary of ninety days is PDF/UA-1 by veraPDF, and spoiled files are not: run by `make test-pdf`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest
import typst

from services.care_plan.channels.documents.summary import TEMPLATE, Summary, summary_of
from services.care_plan.channels.documents.typesetting import typeset
from tests.care_plan.documents.ninety_days import patients
from tests.java_tools import lines_of

pytestmark = pytest.mark.pdf
FOLDER = Path(__file__).parent / "verapdf"


def file_of(summary: Summary) -> bytes:
    return typeset(TEMPLATE, {**asdict(summary), "title": summary.title}, summary.issued_at)


def summaries() -> list[Summary]:
    return [summary_of(one.care, record) for one in patients() for record in one.records]


def test_all_of_ninety_days_is_pdf_ua_1(tmp_path: Path) -> None:
    made = summaries()
    assert len(made) > 50
    files = [tmp_path / f"{n}.pdf" for n in range(len(made))]
    for file, each in zip(files, made, strict=True):
        file.write_bytes(file_of(each))
    found = lines_of(FOLDER, files, "veraPDF")
    assert not found, "\n".join(found)


def test_spoiled_files_fail(tmp_path: Path) -> None:
    whole = file_of(summaries()[0])
    spoiled = {
        "cut": whole[: len(whole) // 2],
        "no-mark": whole.replace(b"/Marked true", b"/Marked null"),
        "no-structure": whole.replace(b"/StructTreeRoot", b"/StructTreeNone"),
        "no-standard": whole.replace(b"pdfuaid:part", b"pdfuaid:xxxx"),
        "untagged": typst.compile(b"= A summary", pdf_tags=False),
    }
    for name, content in spoiled.items():
        assert content != whole, name
        (tmp_path / f"{name}.pdf").write_bytes(content)
    found = lines_of(FOLDER, [tmp_path / f"{name}.pdf" for name in spoiled], "veraPDF")
    assert {line.partition(".pdf")[0] for line in found} == {*spoiled}
