"""Who is who: whether two statements are about one person. Pure, and fast enough for every referral."""

from services.referral.domain.matching.placing import (
    GRADES,
    Candidate,
    Grade,
    Known,
    Match,
    Placement,
    Verdict,
    match,
    place,
)
from services.referral.domain.matching.traits import Traits

__all__ = ["GRADES", "Candidate", "Grade", "Known", "Match", "Placement", "Traits", "Verdict", "match", "place"]
