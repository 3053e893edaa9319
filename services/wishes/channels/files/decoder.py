"""Opens one file and draws pages of it, in a process of its own with limits: `decoder.py KIND FIRST LAST < file`.

It imports nothing of Carebus, so that a file which breaks it meets nothing. Answers on its standard output with a line
of JSON, then each page as a JPEG behind its length in four bytes.
"""

from __future__ import annotations

import io
import json
import logging
import resource
import sys
import warnings
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pikepdf
import pypdfium2
from PIL import Image, ImageOps, ImageSequence
from pillow_heif import register_heif_opener

MEMORY = 1024 * 1024 * 1024
"""Bytes of address space beyond what the libraries take."""
CPU_S = 20
MOST_PAGES = 300
MOST_PIXELS = 64_000_000
"""Of an image as it comes: more than telephones take, and less than a bomb unfolds to."""
WIDEST = 1700
"""Pixels of a drawn page's longer edge: small print of a letter page can be read."""
DPI = 150
QUALITY = 80
PDF_DPI = 72
_TAIL = 2048
"""A reader looks so far from the end for the end's mark; what was put behind it is no damage."""
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/tiff": "TIFF", "image/heic": "HEIF"}


class Refused(Exception):
    """The file can't be taken; its first argument is why, in a word that `drawing` puts in a sentence."""


def main(kind: str, first: int, last: int) -> int:
    """Draw these pages (from 1; both included) as far as there are; gives the exit code."""
    _limit()
    content = sys.stdin.buffer.read()
    try:
        told, pages = (_pdf if kind == "application/pdf" else _image)(content, kind, first, last)
        drawn = list(pages)
    except Refused as why:
        told, drawn = {"refused": str(why)}, []
    out = sys.stdout.buffer
    out.write(json.dumps({**told, "drawn": len(drawn)}).encode() + b"\n")
    for page in drawn:
        out.write(len(page).to_bytes(4, "big") + page)
    out.flush()
    return 0


def _limit() -> None:
    """From here on this process takes no more than a file may cost."""
    taken = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY + taken, MEMORY + taken))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    logging.disable()  # what a library would log may quote the file


def _pdf(content: bytes, _: str, first: int, last: int) -> tuple[dict[str, Any], Iterator[bytes]]:
    repaired = _repaired(content)
    document = _document(content, repaired)
    document.init_forms()  # else a ticked box of a form is drawn empty
    count = len(document)
    if count == 0:
        raise Refused("no_pages")
    if count > MOST_PAGES:
        raise Refused("too_many_pages")
    told = {"pages": count, "may_miss_pages": repaired is not None}
    return told, (_page(document, number) for number in range(first - 1, min(last, count)))


def _repaired(content: bytes) -> bytes | None:
    """A whole file made of what is left of a damaged one; None for a whole one. Raises Refused if it is encrypted."""
    try:
        with pikepdf.open(io.BytesIO(content)) as opened:
            if opened.is_encrypted:
                raise Refused("encrypted")
            if not opened.get_warnings() and b"%%EOF" in content[-_TAIL:]:
                return None
            made = io.BytesIO()
            opened.save(made)
            return made.getvalue()
    except pikepdf.PasswordError:
        raise Refused("encrypted") from None
    except pikepdf.PdfError:
        return b""


def _document(content: bytes, repaired: bytes | None) -> pypdfium2.PdfDocument:
    """As it came, or as it was repaired where it can't be opened so."""
    for one in filter(None, (content, repaired)):
        with suppress(pypdfium2.PdfiumError):
            return pypdfium2.PdfDocument(one)
    raise Refused("unreadable")


def _page(document: pypdfium2.PdfDocument, number: int) -> bytes:
    page = document[number]
    width, height = page.get_size()
    scale = min(DPI / PDF_DPI, WIDEST / max(width, height, 1))
    return _jpeg(page.render(scale=scale, may_draw_forms=True).to_pil())


def _image(content: bytes, kind: str, first: int, last: int) -> tuple[dict[str, Any], Iterator[bytes]]:
    register_heif_opener()
    try:
        image = Image.open(io.BytesIO(content), formats=[FORMATS[kind]])
        count = getattr(image, "n_frames", 1)
        if count > MOST_PAGES:
            raise Refused("too_many_pages")
        frames = ImageSequence.Iterator(image)
        drawn = [_frame(frames[number]) for number in range(first - 1, min(last, count))]
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused("bomb") from None
    except OSError as why:
        raise Refused("broken_off" if "truncated" in str(why) else "unreadable") from None
    return {"pages": count, "may_miss_pages": False}, iter(drawn)


def _frame(image: Image.Image) -> bytes:
    image.load()
    upright = ImageOps.exif_transpose(image)
    if upright.mode in ("RGBA", "LA", "P"):  # what can be seen through is paper
        layer = upright.convert("RGBA")
        paper = Image.new("RGBA", layer.size, "white")
        upright = Image.alpha_composite(paper, layer)
    upright.thumbnail((WIDEST, WIDEST))
    return _jpeg(upright)


def _jpeg(image: Image.Image) -> bytes:
    made = io.BytesIO()
    image.convert("RGB").save(made, "JPEG", quality=QUALITY)
    return made.getvalue()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
