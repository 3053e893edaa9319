"""Sets a document as PDF/UA-1 by typst: the template is a file of ours, and what it says comes in as data only."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, Literal

import orjson
import typst

from carebus.errors import CarebusError
from services.care_plan.channels.documents.fonts import FAMILIES, fonts

STANDARD: Literal["ua-1"] = "ua-1"
"""PDF/UA-1 (ISO 14289-1): tagged, so that it can be read aloud."""
_OF_TEXT = f"PDF/{STANDARD.upper()} error: the text "
"""How typst begins to say that a text can't be drawn. What follows quotes the text, so it goes no further."""


class CannotBeDrawn(CarebusError):
    """There is no PDF of this: it holds a character that none of our fonts draws. The page shows all of it."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


async def pdf(template: Path, data: Mapping[str, Any], stamped: datetime) -> bytes:
    """The document as a file; the same for the same data and moment. Raises CannotBeDrawn."""
    return await asyncio.to_thread(typeset, template, data, stamped)


def typeset(template: Path, data: Mapping[str, Any], stamped: datetime) -> bytes:
    """The same without letting others go on meanwhile."""
    told = orjson.dumps({**data, "fonts": FAMILIES}).decode()
    compiler = typst.Compiler(template, template.parent, fonts(), sys_inputs={"data": told})
    try:
        made = compiler.compile(format="pdf", pdf_standards=STANDARD, timestamp=int(stamped.timestamp()))
    except typst.TypstError as why:
        if why.message.startswith(_OF_TEXT):
            raise CannotBeDrawn from None
        raise
    assert isinstance(made, bytes), "a PDF is one file"
    return made
