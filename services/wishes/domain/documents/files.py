"""Which kinds of files are taken, and by which first bytes each is known. Its decoder must agree."""

from enum import StrEnum
from http import HTTPStatus

from carebus.errors import CarebusError

MOST_BYTES = 10 * 1024 * 1024
"""How large a file may be: a form of a few pages photographed, or scanned in colour."""


class MediaType(StrEnum):
    """The kinds of files that are taken."""

    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"
    TIFF = "image/tiff"
    HEIC = "image/heic"


ENDINGS = {
    MediaType.PDF: "pdf",
    MediaType.JPEG: "jpg",
    MediaType.PNG: "png",
    MediaType.TIFF: "tiff",
    MediaType.HEIC: "heic",
}
_STARTS = (
    (b"%PDF-", MediaType.PDF),
    (b"\xff\xd8\xff", MediaType.JPEG),
    (b"\x89PNG\r\n\x1a\n", MediaType.PNG),
    (b"II*\x00", MediaType.TIFF),
    (b"MM\x00*", MediaType.TIFF),
)
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"})


class FileEmpty(CarebusError):
    """The file is empty. Choose it again."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class FileTooLarge(CarebusError):
    """The file is larger than 10 MB. Scan it in black and white, or as several documents."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class FileNotTaken(CarebusError):
    """This is no PDF, JPEG, PNG, TIFF or HEIC file, whatever its name says."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


def kind_of(content: bytes) -> MediaType:
    """What a file begins as. Raises FileEmpty, FileTooLarge, FileNotTaken."""
    if not content:
        raise FileEmpty(field="file")
    if len(content) > MOST_BYTES:
        raise FileTooLarge(field="file")
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC_BRANDS:
        return MediaType.HEIC
    found = next((kind for start, kind in _STARTS if content.startswith(start)), None)
    if found is None:
        raise FileNotTaken(field="file")
    return found
