"""Says what is wrong with a Bundle, as an OperationOutcome that names the place and the rule and repeats no value."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from carebus.errors import CarebusError
from carebus.web.fhir.resources import Json

BECAME = "urn:carebus:statement-outcome"
"""The system of the codes that say what became of a statement."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One rule that was broken, and where; a warning is one that was put up with.

    Of severity information it says what became of a statement, which `became` names by its code.
    """

    code: str
    rule: str
    expression: str = ""
    severity: str = "error"
    became: str = ""

    def written(self) -> Json:
        """The issue as FHIR has it."""
        said: Json = {"severity": self.severity, "code": self.code, "diagnostics": self.rule}
        if self.became:
            said["details"] = {"coding": [{"system": BECAME, "code": self.became}]}
        return said | ({"expression": [self.expression]} if self.expression else {})


class NotReadable(CarebusError):
    """This Bundle can't be read; each issue names the place and the rule."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, issues: Sequence[Issue], status: int = HTTPStatus.UNPROCESSABLE_ENTITY) -> None:
        super().__init__()
        self.issues = tuple(issues)
        self.answered_with = status

    @classmethod
    def because(
        cls, code: str, rule: str, expression: str = "", status: int = HTTPStatus.UNPROCESSABLE_ENTITY
    ) -> "NotReadable":
        """Refused for one reason."""
        return cls([Issue(code, rule, expression)], status)


def outcome(issues: Sequence[Issue]) -> Json:
    """The OperationOutcome of these issues."""
    return {"resourceType": "OperationOutcome", "issue": [issue.written() for issue in issues]}
