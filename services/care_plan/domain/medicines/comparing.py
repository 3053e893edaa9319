"""What the sources say of one medicine is put side by side: where they disagree, and which lines count as taken."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import uuid5

from carebus.contracts.care_plan import MedicineDisagreement, MedicineLine, MedicineSource, MedicineUse
from services.care_plan.domain.medicines.names import BRAND, STRENGTH

Lines = Sequence[MedicineLine]
AMOUNT = re.compile(r"\d[\d.,]*\s*[A-Z%]+(?:/[A-Z]+)?", re.IGNORECASE)
COMPARED = ("strength", "dose_text", "route_text", "frequency_text")
"""What is compared as it is written: two ways to write the same count as different, and a person sees better."""
SOURCES = {
    MedicineSource.HOSPITAL: "Hospital",
    MedicineSource.PRIMARY_DOCTOR: "Primary doctor",
    MedicineSource.SPECIALIST: "Specialist",
    MedicineSource.PHARMACY: "Pharmacy",
    MedicineSource.PATIENT_OR_FAMILY: "Patient or family",
    MedicineSource.CARE_TEAM: "Our team",
    MedicineSource.OTHER: "Another source",
}
USES = {
    MedicineUse.TAKEN: "taken",
    MedicineUse.NOT_TAKEN: "not taken",
    MedicineUse.UNKNOWN: "not known whether taken",
}


def by_medicine(lines: Iterable[MedicineLine]) -> list[Lines]:
    """The lines of each medicine: the same ingredients; where a name was not read, the same code or name."""
    together: dict[tuple[str, ...], list[MedicineLine]] = defaultdict(list)
    for line in lines:
        together[line.ingredients or ("", line.code or _plain(line.text))].append(line)
    return list(together.values())


def counted(lines: Lines) -> Lines:
    """Of one medicine the lines that checks look at: what our team found stands before what others state.

    Otherwise whatever any source does not say is not taken: a check that finds too much is looked at by a person.
    """
    ours = [line for line in lines if line.source is MedicineSource.CARE_TEAM]
    return [line for line in ours or lines if line.use is not MedicineUse.NOT_TAKEN]


def disagreements(lines: Iterable[MedicineLine]) -> tuple[MedicineDisagreement, ...]:
    """Every medicine of which two sources say different things."""
    found = (_disagreement(of_one) for of_one in by_medicine(lines) if len({source_of(line) for line in of_one}) > 1)
    return tuple(each for each in found if each is not None)


def source_of(line: MedicineLine) -> tuple[MedicineSource, str]:
    """Whose list a line is on."""
    return line.source, _plain(line.source_name)


def _disagreement(lines: Lines) -> MedicineDisagreement | None:
    differ = (*(["use"] if _differ_in_use(lines) else []), *(name for name in COMPARED if _differ(lines, name)))
    if not differ:
        return None
    ids = tuple(line.line_id for line in lines)
    return MedicineDisagreement(
        disagreement_id=uuid5(ids[0], "/".join(map(str, ids))),
        line_ids=ids,
        differ=differ,
        says="; ".join(map(_as_said, lines)) + ".",
        settled=_settled(lines),
    )


def _differ_in_use(lines: Lines) -> bool:
    return {MedicineUse.TAKEN, MedicineUse.NOT_TAKEN} <= {line.use for line in lines}


def _differ(lines: Lines, name: str) -> bool:
    """Whether one source writes something that another does not; who writes nothing says nothing."""
    written: dict[object, set[str]] = defaultdict(set)
    for line in lines:
        if text := _written(line, name):
            written[source_of(line)].add(text)
    return len({frozenset(texts) for texts in written.values()}) > 1


def _written(line: MedicineLine, name: str) -> str:
    return _strength(line.text) if name == "strength" else _plain(str(getattr(line, name)))


def _strength(name: str) -> str:
    """The amounts in a name: `10 mg` of `Simvastatin 10 MG Oral Tablet`."""
    said = (found.group() for part in BRAND.sub(" ", name).split(" / ") if (found := STRENGTH.search(f"{part} ")))
    return " / ".join(_plain(amount.group()) for text in said if (amount := AMOUNT.search(text)))


def _as_said(line: MedicineLine) -> str:
    said = (USES[line.use], _strength(line.text), line.dose_text, line.route_text, line.frequency_text)
    once = {_plain(part): part for part in reversed(said) if part}  # a strength that is the dose is said once
    return f"{SOURCES[line.source]}, {line.stated_on:%-d %b %Y}: {', '.join(reversed(once.values()))}"


def _settled(lines: Lines) -> bool:
    """Whether our team has asked on the day of the others' last word, or since."""
    ours = [line.stated_on for line in lines if line.source is MedicineSource.CARE_TEAM]
    others = [line.stated_on for line in lines if line.source is not MedicineSource.CARE_TEAM]
    return bool(ours) and max(ours) >= max(others, default=max(ours))


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
