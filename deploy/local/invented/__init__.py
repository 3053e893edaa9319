"""What the sample's data lacks, invented from a seed and said to be so: families, staff, and what visits find.

Nothing here is real or can be taken for real: addresses end in `.example`, which is reserved (RFC 2606), telephone
numbers are 555-01xx, which nobody can have, and every referral's note says what was invented.
"""

from deploy.local.invented.families import contact, referral_note
from deploy.local.invented.findings import assessments, visit_note
from deploy.local.invented.staff import Clinician, roster

__all__ = ["Clinician", "assessments", "contact", "referral_note", "roster", "visit_note"]
