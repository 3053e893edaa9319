"""What is found of a rule: that it holds, that it does not, or that too little is known to say."""

from enum import StrEnum


class CriterionValue(StrEnum):
    """What a rule found: missing data is unknown, which is neither met nor unmet."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"
