"""What the answers mean: bands, sums and smallest differences that matter of the ESAS-r.

The Edmonton Symptom Assessment System is free to use with acknowledgement; its items and their names stay as they are.
An item that was not answered is None: it has no band, and a sum that needs it is not known.
"""

from collections.abc import Iterable

from carebus.contracts.care_plan import MODERATE_FROM, SEVERE_FROM, WORST_SCORE, EsasR
from services.care_plan.domain.instruments.scoring import Band, Change, Scale

ACKNOWLEDGEMENT = (
    "Edmonton Symptom Assessment System, revised (ESAS-r): Edmonton Zone Palliative Care Program, Alberta Health "
    "Services. Bruera et al., J Palliat Care 1991;7(2):6-9; Watanabe et al., J Pain Symptom Manage 2011;41(2):456-468."
)

ESAS_ITEMS: tuple[str, ...] = tuple(EsasR.model_fields)
PHYSICAL = ("pain", "tiredness", "drowsiness", "nausea", "lack_of_appetite", "shortness_of_breath")
EMOTIONAL = ("depression", "anxiety")
TOTAL = (*PHYSICAL, *EMOTIONAL, "wellbeing")

SPANS = {
    Band.MILD: f"1 to {MODERATE_FROM - 1}",
    Band.MODERATE: f"{MODERATE_FROM} to {SEVERE_FROM - 1}",
    Band.SEVERE: f"{SEVERE_FROM} to {WORST_SCORE}",
}
"""The scores of each band, in words."""

SCALES: dict[str, Scale] = {
    "physical": Scale(PHYSICAL, better_from=3, worse_from=4),
    "emotional": Scale(EMOTIONAL, better_from=2, worse_from=1),
    "total": Scale(TOTAL, better_from=3, worse_from=4),
}
"""The subscales and the total symptom distress score, with minimal clinically important differences.

Hui et al., "Minimal clinically important difference in the physical, emotional, and total symptom distress scores of
the Edmonton Symptom Assessment System", J Pain Symptom Manage 2016;51(2):262-269 (n = 796): better from a fall by
3 / 2 / 3, worse from a rise by 4 / 1 / 4.
"""


def band(score: int | None) -> Band | None:
    """The band of one item; None when it was not answered."""
    if score is None:
        return None
    if score == 0:
        return Band.NONE
    return Band.MILD if score < MODERATE_FROM else Band.MODERATE if score < SEVERE_FROM else Band.SEVERE


def total(answers: EsasR | None, scale: Scale) -> int | None:
    """The sum of a scale's items; None unless all of them were answered."""
    if answers is None:
        return None
    scores: Iterable[int | None] = [getattr(answers, item) for item in scale.items]
    known = [score for score in scores if score is not None]
    return sum(known) if len(known) == len(scale.items) else None


def change(before: int | None, now: int | None, scale: Scale) -> Change | None:
    """Whether a sum changed by as much as matters; None when either is not known."""
    if before is None or now is None:
        return None
    if before - now >= scale.better_from:
        return Change.BETTER
    return Change.WORSE if now - before >= scale.worse_from else Change.SAME
