"""What goes over to a hospice as one document: the plan, the wishes, the medicines, and how the patient is."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from carebus.contracts.care_plan import MedicineLine, PlanOfCare
from services.care_plan.channels.documents.summary import Section, day, is_rtl, plain
from services.care_plan.channels.documents.typesetting import pdf
from services.care_plan.domain.care import Care
from services.care_plan.domain.care.zones import there
from services.care_plan.domain.hospice.state import Hospice

TEMPLATE = Path(__file__).with_name("package.typ")
NOTHING = "Nothing is on record. That is not a no: ask."


@dataclass(frozen=True, slots=True)
class Package:
    """The document. It names the patient by name and date of birth."""

    name: str
    born: str
    hospice: str
    issued: str
    issued_at: datetime
    sections: tuple[Section, ...]

    @property
    def title(self) -> str:
        """What it is called; it names nobody, since a viewer shows it in its window's frame."""
        return "Plan, wishes and medicines, for the hospice"

    @property
    def file_name(self) -> str:
        """What its file is called, without a name."""
        return f"hospice-package-{self.issued_at:%Y-%m-%d}"


def package_of(care: Care, way: Hospice, now: datetime) -> Package:
    """The document as things stand. It needs no election: it may be read before."""
    assert care.patient is not None, "who is in care is known"
    agency = way.enrolment.hospice.name if way.enrolment else way.referral.hospice.name if way.referral else ""
    return Package(
        name=plain(care.patient.full_name),
        born=day(care.patient.birth_date),
        hospice=plain(agency),
        issued=day(there(care, now).date()),
        issued_at=now,
        sections=tuple(_sections(care, way)),
    )


async def as_pdf(package: Package) -> bytes:
    """The document as PDF/UA-1. Raises CannotBeDrawn."""
    return await pdf(TEMPLATE, {**asdict(package), "title": package.title}, package.issued_at)


def _sections(care: Care, way: Hospice) -> Iterator[Section]:
    if way.enrolment is not None:
        yield _section("election", "The election", list(_election(way)))
    yield _section("now", "How they are", list(_now(care)))
    says = care.plan.says if care.plan else None
    yield _section("plan", "Plan of care", list(_plan(says)) if says else [])
    yield _section("wishes", "Wishes", list(_wishes(care, way)))
    yield _section("medicines", "Medicines", list(_medicines(care)))
    yield _section("team", "Who looked after them", [f"{one.name}, {_words(one.role)}" for one in care.team])


def _section(part: str, heading: str, lines: list[str]) -> Section:
    told = tuple(plain(" ".join(line.split())) for line in lines if line.strip()) or (NOTHING,)
    return Section(part, heading, told, rtl=is_rtl(" ".join(told)))


def _election(way: Hospice) -> Iterator[str]:
    elected = way.enrolment
    assert elected is not None, "there is one"
    npi = f", NPI {elected.hospice.npi}" if elected.hospice.npi else ""
    yield f"{elected.hospice.name}{npi}: signed {day(elected.signed_on)}, in effect from {day(elected.effective_on)}"
    diagnosis = elected.terminal_diagnosis
    yield f"Terminal diagnosis: {' '.join(filter(None, (diagnosis.code, diagnosis.description)))}"
    yield f"Attending: {elected.attending}"


def _now(care: Care) -> Iterator[str]:
    if care.phase is not None:
        yield f"Palliative care phase: {_words(care.phase)}"
    if care.akps is not None:
        yield f"AKPS: {care.akps}"
    if care.last_visit_at is not None:
        yield f"Our last visit: {day(there(care, care.last_visit_at).date())}"


def _plan(says: PlanOfCare) -> Iterator[str]:
    for goal in says.goals:
        yield f"Goal: “{goal.words}”{f' ({goal.aim})' if goal.aim else ''}"
    for problem in says.problems:
        yield f"Problem: {problem.text}"
    for one in says.interventions:
        yield f"What is done: {one.text}{f', {one.often}' if one.often else ''}"
    for need in says.needs:
        if need.note:
            yield f"Needs, {_words(need.domain)}: {need.note}"
    for each in says.elsewhere:
        yield f"Planned by {each.plan_of}: {each.text}"


def _wishes(care: Care, way: Hospice) -> Iterator[str]:
    for topic in way.wishes:
        said = "; ".join(
            f"{_words(one.statement.choice)}{f' (“{one.statement.words}”)' if one.statement.words else ''}, "
            f"{day(one.stated_on)}{', said by the agent' if one.by_agent else ''}"
            for one in topic.known
        )
        yield f"{_words(topic.topic).capitalize()}: {said}{'. Contested: ask.' if topic.contested else ''}"
    if way.wishes and way.wishes_as_of is not None:
        yield f"As of {day(there(care, way.wishes_as_of).date())}; orders and directives are with the wishes."


def _medicines(care: Care) -> Iterator[str]:
    if care.medicines is None:
        return
    for line in care.medicines.lines:
        yield _medicine(line)
    for one in care.medicines.allergies:
        yield f"Allergy: {one.text}{f', {one.reaction_text}' if one.reaction_text else ''}"
    if care.medicines.no_known_allergies:
        yield "No known allergies; the patient was asked"
    yield f"Reconciled {day(there(care, care.medicines.reconciled_at).date())}. Nothing here is an order."


def _medicine(line: MedicineLine) -> str:
    said = ", ".join(filter(None, (line.text, line.dose_text, line.route_text, line.frequency_text)))
    return f"{said}: {_words(line.use)}, says {line.source_name or _words(line.source)}, {day(line.stated_on)}"


def _words(code: str) -> str:
    return str(code).replace("_", " ")
