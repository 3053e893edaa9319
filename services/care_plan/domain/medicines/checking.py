"""Checks the medicines by what needs no licensed data, and says what is not checked. It warns; it orders nothing."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple
from uuid import uuid5

from carebus.contracts.care_plan import MedicineAllergy, MedicineDisagreement, MedicineFinding, MedicineLine
from services.care_plan.domain.care import Medicines
from services.care_plan.domain.medicines.comparing import Lines, by_medicine, counted, disagreements, source_of
from services.care_plan.domain.medicines.rules import MedicineRules


class MedicineRule(NamedTuple):
    """A check: its name, its sentence, and where it comes from."""

    name: str
    says: str
    source: str


SAME_CODE = MedicineRule(
    "same_code_twice", "One list has the same medicine twice.", "A rule of our own: equal RxNorm codes."
)
SAME_INGREDIENT = MedicineRule(
    "same_ingredient_twice",
    "The same ingredient is in more than one medicine. That may be meant, and it may be too much.",
    "A rule of our own: equal ingredients, as read from RxNorm names.",
)
ALLERGY = MedicineRule(
    "ingredient_of_allergy",
    "A medicine has an ingredient that an allergy or intolerance names.",
    "A rule of our own: equal ingredients, as read from RxNorm names.",
)
OPIOID_ALONE = MedicineRule(
    "opioid_without_laxative",
    "An opioid is on the list without anything against constipation, and nobody has said why none is needed.",
    "CMS Hospice Item Set 3.00, N0500 to N0520 (bowel regimen, or why not); NQF 1617.",
)
RULES = {rule.name: rule for rule in (SAME_CODE, SAME_INGREDIENT, ALLERGY, OPIOID_ALONE)}

NOT_CHECKED = (
    "Interactions between medicines: the National Library of Medicine ended its public list of them in January 2024.",
    "Doses: whether one is too high or too low for this person, their age, weight, kidneys or liver.",
    "Allergies to a group of medicines, such as penicillins: only an ingredient that an allergy names is compared.",
    "Whether a medicine suits the illness, or one is missing, but for a laxative with an opioid.",
    "Food, herbs and alcohol with medicines, and other ingredients of a tablet such as lactose.",
    "Codes: an RxNorm code is compared with other codes on the list, and not looked up.",
)
NOT_ASKED = "Allergies: nobody has asked about them yet, so none was compared."


class Checked(NamedTuple):
    """What the present list shows when it is looked at."""

    findings: tuple[MedicineFinding, ...]
    disagreements: tuple[MedicineDisagreement, ...]
    not_checked: tuple[str, ...]


def checked(medicines: Medicines, rules: MedicineRules) -> Checked:
    """The list, checked by these rules."""
    groups = [lines for of_one in by_medicine(medicines.lines) if (lines := counted(of_one))]
    lines = [line for group in groups for line in group]
    findings = (
        *_codes(lines),
        *_ingredients(groups),
        *_allergies(lines, medicines.allergies),
        *_opioids(lines, medicines, rules),
    )
    return Checked(findings, disagreements(medicines.lines), tuple(_not_checked(medicines)))


def _codes(lines: Lines) -> Iterator[MedicineFinding]:
    listed: dict[object, list[MedicineLine]] = defaultdict(list)
    for line in lines:
        if line.code:
            listed[source_of(line), line.code].append(line)
    for same in listed.values():
        if len(same) > 1:
            yield _found(SAME_CODE, same[0].text, same)


def _ingredients(groups: list[Lines]) -> Iterator[MedicineFinding]:
    having: dict[str, list[Lines]] = defaultdict(list)
    for group in groups:
        for ingredient in group[0].ingredients:
            having[ingredient].append(group)
    for ingredient, found in having.items():
        if len(found) > 1 or _more_on_one_list(found[0]):
            yield _found(SAME_INGREDIENT, ingredient.capitalize(), [line for group in found for line in group])


def _more_on_one_list(lines: Lines) -> bool:
    """Whether one list has it more than once, and not as the same code: of that its own check tells."""
    listed: dict[object, set[object]] = defaultdict(set)
    for line in lines:
        listed[source_of(line)].add(line.code or line.line_id)
    return any(len(different) > 1 for different in listed.values())


def _allergies(lines: Lines, allergies: tuple[MedicineAllergy, ...]) -> Iterator[MedicineFinding]:
    for allergy in allergies:
        having = [line for line in lines if set(line.ingredients) & set(allergy.ingredients)]
        if having:
            shared = sorted({one for line in having for one in line.ingredients} & set(allergy.ingredients))
            about = f"{', '.join(shared).capitalize()}, named in “{allergy.text}”"
            yield _found(ALLERGY, about, having, allergy)


def _opioids(lines: Lines, medicines: Medicines, rules: MedicineRules) -> Iterator[MedicineFinding]:
    opioids = [line for line in lines if rules.opioids.intersection(line.ingredients)]
    laxatives = [line for line in lines if rules.laxatives.intersection(line.ingredients)]
    if opioids and not laxatives and not medicines.no_laxative_because:
        named = sorted({one for line in opioids for one in rules.opioids.intersection(line.ingredients)})
        yield _found(OPIOID_ALONE, ", ".join(named).capitalize(), opioids)


def _not_checked(medicines: Medicines) -> Iterator[str]:
    unread = dict.fromkeys(line.text for line in medicines.lines if not line.ingredients)
    if unread:
        yield f"These names could not be read, so no ingredient of theirs was compared: {'; '.join(unread)}."
    if not medicines.allergies and not medicines.no_known_allergies:
        yield NOT_ASKED
    yield from NOT_CHECKED


def _found(rule: MedicineRule, about: str, lines: Lines, *allergies: MedicineAllergy) -> MedicineFinding:
    ids = tuple(line.line_id for line in lines)
    harmed = tuple(allergy.allergy_id for allergy in allergies)
    return MedicineFinding(
        finding_id=uuid5(ids[0], "/".join(map(str, (rule.name, *ids, *harmed)))),
        rule=rule.name,
        says=rule.says,
        about=about,
        line_ids=ids,
        allergy_ids=harmed,
    )
