"""Asks what answers come to: one result by its name, and what is refused."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from carebus.contracts.care_plan import Assessments
from services.care_plan.domain.instruments import Result, results


def scored(scale: str, **answers: Any) -> Result:
    """The result of a scale, such as "phq_9.phq_2", of an instrument answered like this."""
    [(instrument, _)] = answers.items()
    return next(
        each for each in results(Assessments(**answers)) if f"{each.instrument}.{each.scale}" == f"{instrument}.{scale}"
    )


def refused(**answers: Any) -> list[str]:
    """The fields that can't be answered like this, each with the rule: `sas.pain: ...`."""
    try:
        Assessments.model_validate(answers)
    except ValidationError as found:
        return [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in found.errors()]
    return []
