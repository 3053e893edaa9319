"""What the service decides: how far each service's chain has come, where it is not whole, and reviews. Pure."""

from services.audit.domain.chains import Arrived, Chain, KeptRow, sealed
from services.audit.domain.merging import note_records
from services.audit.domain.reviews import Finding, NotReviewable, Review, ReviewEmergencyAccess, review

__all__ = [
    "Arrived",
    "Chain",
    "Finding",
    "KeptRow",
    "NotReviewable",
    "Review",
    "ReviewEmergencyAccess",
    "note_records",
    "review",
    "sealed",
]
