"""How much two statements' agreement weighs for their being about one person: Fellegi and Sunter's sum of logarithms.

Each field and level has two probabilities: `m`, that one person's statements agree so, and `u`, that two people's do.
The field weighs log2(m/u), and the weights of all fields add up: 10 more means about a thousand times likelier. What
is enough depends on how many people are known, so that number's logarithm is taken off before a grade is given: at 0
the odds are even. The probabilities come from `weights.json`, which says how each was found (docs/matching.md).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import log2

from services.referral.domain.matching.comparing import Agreement
from services.referral.domain.matching.levels import Level

WEIGHTS = files(__package__) / "weights.json"
Weights = Mapping[str, Mapping[Level, float]]
WEIGHS_AS = {Level.PART: Level.LIKE, Level.FORMER: Level.FUZZY}
"""Levels too rare in any set to be estimated: each weighs as the one that it was counted with."""


@dataclass(frozen=True, slots=True)
class Model:
    """A release of the weights, and from which odds on (as a logarithm) a candidate is probable, or possible."""

    version: str
    probable: float
    possible: float
    weights: Weights

    def parts(self, agreed: Agreement) -> dict[str, float]:
        """What each field adds; nothing where either does not know."""
        return {field: self.weights[field].get(WEIGHS_AS.get(level, level), 0.0) for field, level in agreed.items()}

    def weight(self, agreed: Agreement) -> float:
        """The sum."""
        return sum(self.parts(agreed).values())


def prior(population: int) -> float:
    """What a weight must exceed among so many people."""
    return log2(max(population, 2))


def read_model(text: str) -> Model:
    """A model from its JSON."""
    kept = json.loads(text)
    weights = {
        field: {Level[level]: log2(each["m"] / each["u"]) for level, each in of["levels"].items()}
        for field, of in kept["fields"].items()
    }
    return Model(kept["version"], kept["probable"], kept["possible"], weights)


@cache
def model() -> Model:
    """The model in use."""
    return read_model(WEIGHTS.read_text())
