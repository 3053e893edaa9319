"""Files as families, hospitals and strangers send them: whole, filled in, broken, hostile."""

from __future__ import annotations

import io
import zipfile
import zlib

import pikepdf
import pillow_heif
from PIL import Image, ImageDraw

LETTER = (612, 792)


def pdf(
    pages: int = 1,
    *,
    says: str = "Page",
    password: str = "",
    javascript: str = "",
    size: tuple[int, int] = LETTER,
    compressed: bool = True,
) -> bytes:
    """A PDF with a line of text on each page; encrypted where a password is given."""
    made = pikepdf.new()
    for number in range(pages):
        page = made.add_blank_page(page_size=size)
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.Contents = made.make_stream(f"BT /F1 24 Tf 72 700 Td ({says} {number + 1}) Tj ET".encode())
    if javascript:
        action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String(javascript))
        made.Root.OpenAction = action
    return _saved(made, password, compressed=compressed)


def ticked_form(*, appearances: bool) -> bytes:
    """A form whose box "Do not resuscitate" is ticked; as some programs save it, without saying how that looks."""
    made = pikepdf.new()
    page = made.add_blank_page(page_size=LETTER)
    states = pikepdf.Dictionary(Yes=_tick(made), Off=_empty(made))
    box = made.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Widget,
            FT=pikepdf.Name.Btn,
            T=pikepdf.String("dnr"),
            V=pikepdf.Name.Yes,
            AS=pikepdf.Name.Yes,
            Rect=[100, 600, 140, 640],
            MK=pikepdf.Dictionary(CA=pikepdf.String("4")),
            DA=pikepdf.String("/ZaDb 0 Tf 0 g"),
            F=4,
        )
    )
    if appearances:
        box.AP = pikepdf.Dictionary(N=states)
    page.Annots = pikepdf.Array([box])
    made.Root.AcroForm = pikepdf.Dictionary(Fields=[box], NeedAppearances=not appearances)
    return _saved(made)


def image(kind: str, size: tuple[int, int] = (600, 800), frames: int = 1) -> bytes:
    """A picture of a paper: JPEG, PNG, TIFF or HEIF."""
    pillow_heif.register_heif_opener()
    paper = Image.new("RGB", size, "white")
    ImageDraw.Draw(paper).rectangle((50, 50, 200, 200), fill="black")
    made = io.BytesIO()
    more = {"save_all": True, "append_images": [paper] * (frames - 1)} if frames > 1 else {}
    paper.save(made, kind, **more)
    return made.getvalue()


def seen_through() -> bytes:
    """A PNG whose paper is transparent."""
    made = io.BytesIO()
    Image.new("RGBA", (300, 300), (0, 0, 0, 0)).save(made, "PNG")
    return made.getvalue()


def bomb(side: int = 20_000) -> bytes:
    """A PNG of a few kilobytes that unfolds to hundreds of megapixels."""
    row = b"\0" * (side // 8 + 1)
    packed = zlib.compressobj(9)
    data = b"".join(packed.compress(row) for _ in range(side)) + packed.flush()
    head = side.to_bytes(4, "big") * 2 + bytes([1, 0, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def archive() -> bytes:
    """A ZIP, whatever its name says."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("order.pdf", pdf())
    return made.getvalue()


def polyglot() -> bytes:
    """A PDF that is a ZIP archive as well."""
    return pdf() + archive()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def _tick(made: pikepdf.Pdf) -> pikepdf.Object:
    return _form(made, b"0 g 4 4 32 32 re f")


def _empty(made: pikepdf.Pdf) -> pikepdf.Object:
    return _form(made, b"")


def _form(made: pikepdf.Pdf, drawn: bytes) -> pikepdf.Object:
    stream = made.make_stream(drawn)
    stream.Type, stream.Subtype, stream.BBox = pikepdf.Name.XObject, pikepdf.Name.Form, [0, 0, 40, 40]
    return stream


def _saved(made: pikepdf.Pdf, password: str = "", *, compressed: bool = True) -> bytes:
    out = io.BytesIO()
    sealed = pikepdf.Encryption(owner=password, user=password) if password else False
    made.save(out, encryption=sealed, compress_streams=compressed)
    return out.getvalue()
