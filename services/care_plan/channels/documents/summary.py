"""The summary of one visit as a document: what its page shows, what is typeset, and no more than its reader needs."""

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from carebus.contracts.care_plan import SummaryPart, SummarySection
from services.care_plan.channels.documents.typesetting import pdf
from services.care_plan.domain.care import Care, VisitRecord
from services.care_plan.domain.care.zones import there
from services.care_plan.domain.summaries.corrections import Correction, corrected
from services.care_plan.domain.summaries.summary import sections_of, summary_id

TEMPLATE = Path(__file__).with_name("summary.typ")
HEADINGS = {
    SummaryPart.CHANGED: "What changed",
    SummaryPart.VISIT: "The visit",
    SummaryPart.FOUND: "What was found",
    SummaryPart.NEXT: "What is next",
    SummaryPart.NOTE: "Note",
}
"""Changes come first: whoever reads twenty of these looks for what is different."""
CORRECTED = "What this version corrects"
_TURNS = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)), "")
"""Characters that turn the direction of what follows: in a name they could make a line say something else."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part with its heading; `rtl` says that it is written from right to left."""

    part: str
    heading: str
    lines: tuple[str, ...]
    rtl: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """A visit's summary. Whom it is about is named by name and date of birth; no address, no telephone number."""

    summary_id: UUID
    version: int
    name: str
    born: str
    visited: str
    issued: str
    issued_at: datetime
    signed_by: str
    sections: tuple[Section, ...]

    @property
    def title(self) -> str:
        """What it is called; it names nobody, since a viewer shows it in its window's frame."""
        return f"Visit summary of {self.visited}"

    @property
    def file_name(self) -> str:
        """What its file is called, without a name."""
        return f"visit-summary-{self.issued_at:%Y-%m-%d}-version-{self.version}"


def summary_of(
    care: Care, record: VisitRecord, parts: Collection[SummaryPart] = tuple(SummaryPart), *, signed_by: str = ""
) -> Summary:
    """The document of a visit that took place and was signed, with these parts; who signed, where that is known."""
    assert care.patient is not None, "who is in care is known"
    assert record.planned is not None, "only what took place is summed up"
    assert record.stated is not None, "only what took place is summed up"
    issued_at = record.signed_at or record.stated.recorded_at
    return Summary(
        summary_id=summary_id(record),
        version=record.version,
        name=plain(care.patient.full_name),
        born=day(care.patient.birth_date),
        visited=day(there(care, record.stated.ended_at).date()),
        issued=day(there(care, issued_at).date()),
        issued_at=issued_at,
        signed_by=plain(signed_by or record.planned.clinician.name),
        sections=_sections(sections_of(care, record), corrected(care, record), parts),
    )


async def as_pdf(summary: Summary) -> bytes:
    """The document as PDF/UA-1. Raises CannotBeDrawn."""
    told = {**asdict(summary), "title": summary.title}
    return await pdf(TEMPLATE, told, summary.issued_at)


def _sections(
    said: Sequence[SummarySection], corrections: Sequence[Correction], parts: Collection[SummaryPart]
) -> tuple[Section, ...]:
    texts = {section.part: section.text for section in said if section.part in parts}
    shown = [_section(part, HEADINGS[part], texts[part].splitlines()) for part in HEADINGS if part in texts]
    wrong = [each.text for each in corrections if each.part in parts]
    return (*([_section("corrected", CORRECTED, wrong)] if wrong else []), *shown)


def _section(part: str, heading: str, lines: Sequence[str]) -> Section:
    told = tuple(plain(line) for line in lines if line.strip())
    return Section(part, heading, told, rtl=is_rtl(" ".join(told)))


def plain(text: str) -> str:
    """A text without characters that turn the direction of what follows."""
    return text.translate(_TURNS)


def is_rtl(text: str) -> bool:
    """Whether a text is written from right to left, by its first letter that has a direction (UAX #9, rule P2)."""
    return next((kind in {"R", "AL"} for each in text if (kind := unicodedata.bidirectional(each)) in _STRONG), False)


_STRONG = {"L", "R", "AL"}


def day(on: date) -> str:
    """A day in words: March 2, 2026."""
    return f"{on:%B} {on.day}, {on.year}"
