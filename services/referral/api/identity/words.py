"""Who is who, in words: fields, levels, combinations and weights as a reviewer reads them."""

from carebus import folding
from carebus.web.charts import Chart, bar_chart
from services.referral.api.identity.comparing import Compared, Line, Side
from services.referral.domain.matching import Grade
from services.referral.domain.matching.combinations import COMBINATIONS
from services.referral.domain.matching.names import is_another_name

FIELDS = {
    "given": "First name",
    "family": "Family name",
    "born": "Date of birth",
    "phone": "Phone",
    "email": "E-mail",
    "street": "Street",
    "place": "Postal code and city",
    "member": "Member number",
    "mbi": "Medicare number",
}
LEVELS = {
    "exact": ("Same", "good"),
    "fuzzy": ("Same but for one slip", "info"),
    "swapped": ("Names in each other’s place", "info"),
    "former": ("Same as a former name", "info"),
    "part": ("One is part of the other", "info"),
    "like": ("Alike", "warn"),
    "different": ("Differs", "bad"),
    "unknown": ("Not stated on both", "neutral"),
}
GRADES = {
    Grade.CERTAIN: ("Certain", "good"),
    Grade.PROBABLE: ("Probable", "info"),
    Grade.POSSIBLE: ("Possible", "warn"),
    Grade.CERTAINLY_NOT: ("Certainly not", "neutral"),
}
OF_NUMBERS = {Grade(grade).value: words for grade, words in GRADES.items()}
_IN_A_SENTENCE = {
    **{field: words.lower() for field, words in FIELDS.items()},
    "email": "e-mail address",
    "mbi": "Medicare number",
}
_MOST = 20
_NAMES = {"given", "family"}
_ALIKE = {"exact", "fuzzy", "swapped", "former", "part", "like"}


def combination(side: Side) -> str:
    """Which combination holds, and of which fields it is."""
    found = next((each for each in COMBINATIONS if each.id == side.match.combination), None)
    if found is None:
        return "No accepted combination of fields agrees; the weight alone speaks for this person."
    *first, last = [_IN_A_SENTENCE[field] for field in found.fields]
    return f"Combination {found.id}: {', '.join(first)} and {last} agree."


def against(side: Side) -> list[str]:
    """What speaks against one person, each with both values."""
    return [_differs(line) for line in side.lines if line.level == "different" or _no_pair(line)]


def alike(side: Side) -> str:
    """Which fields are the same or alike, in their order."""
    found = [_IN_A_SENTENCE[line.field] for line in side.lines if line.level in _ALIKE and not _no_pair(line)]
    return ", ".join(found) or "nothing"


def as_twins(side: Side) -> bool:
    """Whether the first names are two, so that all the rest may be a twin's or a relative's."""
    return any(_no_pair(line) for line in side.lines)


def _no_pair(line: Line) -> bool:
    return line.field == "given" and is_another_name(folding.given_name(line.stated), folding.given_name(line.known))


def _differs(line: Line) -> str:
    differs = "s differ" if line.field in _NAMES else " differs"
    return f"The {_IN_A_SENTENCE[line.field]}{differs}: “{line.stated}” / “{line.known}”."


def odds(side: Side, population_weight: float) -> str:
    """What the weight means among so many people."""
    left = side.match.weight - population_weight
    times = "more than a million" if abs(left) > _MOST else f"about {_round(2 ** abs(left)):,}"
    if abs(left) < 1:
        return "As likely one person as two."
    return f"One person is {times} times likelier than two." if left > 0 else f"Two people are {times} times likelier."


def sentence(of: Compared, side: Side) -> str:
    """How the weight comes about, with its sum."""
    people = round(2**of.population_weight)
    return (
        f"What agrees and differs weighs {side.match.weight:+.1f}. Among about {_round(people):,} people, "
        f"{of.population_weight:.1f} of it is needed to stand out. {odds(side, of.population_weight)}"
    )


def parts(of: Compared, side: Side) -> Chart:
    """What each field adds to the weight, and what the number of people takes off."""
    rows = [(FIELDS[line.field], round(line.weight, 1)) for line in side.lines if line.level != "unknown"]
    return bar_chart(
        "What speaks for one person, and what against",
        [*rows, ("How many people there are", -round(of.population_weight, 1))],
        places=1,
        summary=sentence(of, side),
    )


def _round(number: float) -> int:
    """Two leading digits are all that is known."""
    digits = max(0, len(str(int(number))) - 2)
    return int(round(number, -digits))
