"""Who is who: whether two statements about a person are about the same one. Pure, and fast enough for every referral."""

from services.referral.domain.matching.placing import Candidate, Grade, Known, Match, Placement, Verdict, match, place
from services.referral.domain.matching.traits import Traits

__all__ = ["Candidate", "Grade", "Known", "Match", "Placement", "Traits", "Verdict", "match", "place"]
