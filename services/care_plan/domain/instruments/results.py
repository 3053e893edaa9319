"""What the answers of a visit come to, and how they compare with earlier ones. What is missing stays missing."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from pydantic import BaseModel

from carebus.contracts.care_plan import Answers, Assessments, Respondent
from services.care_plan.domain.instruments.registry import INSTRUMENTS
from services.care_plan.domain.instruments.scoring import Band, Change, Instrument, Scale, change, summed


@dataclass(frozen=True, slots=True)
class Result:
    """What one scale of one instrument came to.

    named: what the respondent called an other symptom; it shows in no log.
    score: None unless all of its items were answered.
    answer: the code, where the answer is one and not a number (phase, FAST stage).
    missing: the items that were not answered.
    rule: the rule and its source: of the band, or of the score where there are no bands.
    """

    instrument: str
    scale: str
    name: str
    score: int | None
    answer: str | None
    most: int
    band: Band | None
    respondent: Respondent
    missing: tuple[str, ...]
    rule: str
    named: str = field(default="", repr=False)

    @property
    def title(self) -> str:
        """What it is a result of: the scale, or the other symptom under the name it was given."""
        return self.named or self.name


@dataclass(frozen=True, slots=True)
class Compared:
    """One score then and now. `change` and `rule` are None where no difference that matters is known."""

    before: Result
    now: Result
    change: Change | None
    rule: str | None


def answers_of(instrument: Instrument, assessments: Assessments) -> dict[str, int | str | None]:
    """The answers to an instrument's items by their codes; all None when it was not used."""
    kept = getattr(assessments, instrument.code)
    codes = [item.code for item in instrument.items]
    return {code: getattr(kept, code) if isinstance(kept, BaseModel) else kept for code in codes}


def given(assessments: Assessments) -> tuple[str, ...]:
    """The codes of the instruments with at least one answer."""
    return tuple(code for code, each in INSTRUMENTS.items() if set(answers_of(each, assessments).values()) != {None})


def respondent_of(instrument: Instrument, assessments: Assessments) -> Respondent:
    """Who answered an instrument: whom it names, else who answered at the visit if they may, else who usually does."""
    own: Respondent | None = getattr(getattr(assessments, instrument.code), "respondent", None)
    of_visit = assessments.respondent
    return own or (of_visit if of_visit in instrument.answered_by else instrument.answered_by[0])


def wrongly_answered(assessments: Assessments) -> tuple[str, ...]:
    """The codes of the instruments that name a respondent who may not answer them."""
    used = [INSTRUMENTS[code] for code in given(assessments)]
    return tuple(each.code for each in used if respondent_of(each, assessments) not in each.answered_by)


def results(assessments: Assessments) -> tuple[Result, ...]:
    """All results of the instruments that were used, in the order of the registry."""
    return tuple(result for _, result in _scored(assessments))


def compared(before: Assessments, now: Assessments) -> tuple[Compared, ...]:
    """The scores that are known both then and now."""
    then = {(result.instrument, result.scale): result for result in results(before)}
    found = ((scale, then.get((result.instrument, result.scale)), result) for scale, result in _scored(now))
    return tuple(
        Compared(old, new, change(old.score, new.score, scale), str(scale.change_rule) if scale.change_rule else None)
        for scale, old, new in found
        if old is not None and None not in {old.score, new.score}
    )


def last_answers(kept: Assessments, new: Assessments) -> Assessments:
    """Each instrument as it was last answered, and by whom: the new answers where there are any, else those kept.

    An instrument's answers are replaced as a whole: items of two visits would make a sum that nobody gave.
    """
    now: dict[str, object] = {code: _attributed(INSTRUMENTS[code], new) for code in given(new)}
    if "esas_r" in now:
        now |= {"esas_r_other": new.esas_r_other, "respondent": new.respondent}
    return kept.model_copy(update=now)


def _attributed(instrument: Instrument, assessments: Assessments) -> object:
    answers = getattr(assessments, instrument.code)
    if not isinstance(answers, Answers):
        return answers
    return answers.model_copy(update={"respondent": respondent_of(instrument, assessments)})


def _scored(assessments: Assessments) -> Iterator[tuple[Scale, Result]]:
    for code in given(assessments):
        instrument = INSTRUMENTS[code]
        answers, respondent = answers_of(instrument, assessments), respondent_of(instrument, assessments)
        named = " ".join(getattr(getattr(assessments, code), "symptom_name", "").split())
        for scale in instrument.scales:
            found = {item: answers[item] for item in scale.items}
            yield scale, replace(_result(code, scale, found, respondent), named=named)


def _result(code: str, scale: Scale, answers: dict[str, int | str | None], respondent: Respondent) -> Result:
    score = summed(answers.values())
    return Result(
        instrument=code,
        scale=scale.code,
        name=scale.name,
        score=score,
        answer=next((str(answer) for answer in answers.values() if isinstance(answer, str)), None),
        most=scale.most,
        band=scale.bands.of(score) if scale.bands else None,
        respondent=respondent,
        missing=tuple(item for item, answer in answers.items() if answer is None),
        rule=str(scale.bands.rule if scale.bands else scale.rule),
    )
