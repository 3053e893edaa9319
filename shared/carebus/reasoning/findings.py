"""True, false or unknown, with what it rests on and what would settle it: Kleene's strong logic."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from carebus.contracts.criteria import CriterionValue

MET, NOT_MET, UNKNOWN = CriterionValue.MET, CriterionValue.NOT_MET, CriterionValue.UNKNOWN
_OPPOSITE = {MET: NOT_MET, NOT_MET: MET, UNKNOWN: UNKNOWN}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a rule finds. While it is unknown, supplying all that is `missing` settles it, and nothing else can."""

    value: CriterionValue
    evidence: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def all_of(findings: Sequence[Judgement]) -> Judgement:
    """Met if all are met, not met as soon as one is not, else unknown."""
    return _joined(findings, decisive=NOT_MET)


def any_of(findings: Sequence[Judgement]) -> Judgement:
    """Met as soon as one is met, not met if none is, else unknown."""
    return _joined(findings, decisive=MET)


def opposite(finding: Judgement) -> Judgement:
    """Met if it is not met, not met if it is; unknown stays unknown."""
    return Judgement(_OPPOSITE[finding.value], finding.evidence, finding.missing)


def _joined(findings: Sequence[Judgement], decisive: CriterionValue) -> Judgement:
    """One decisive finding decides alone; without one, any unknown finding leaves it open."""
    deciding = [each for each in findings if each.value is decisive]
    if deciding:
        return Judgement(decisive, _each(deciding, lambda found: found.evidence))
    open_ = [each for each in findings if each.value is UNKNOWN]
    value = UNKNOWN if open_ else _OPPOSITE[decisive]
    return Judgement(value, _each(findings, lambda found: found.evidence), _each(open_, lambda found: found.missing))


def _each(findings: Iterable[Judgement], part: Callable[[Judgement], tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for found in findings for text in part(found)))
