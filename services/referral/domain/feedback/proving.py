"""Whether anybody answers for the mail address of a referrer: mail to others is rationed."""

from collections.abc import Container

from carebus.contracts.referral import SeenBy
from services.referral.domain.workflow.referrals import Referral


def is_proven(referral: Referral, seen: Container[SeenBy]) -> bool:
    """A proven sender gave it, or somebody there has shown whom they referred; a mail scanner opens links as well."""
    return referral.proven or SeenBy.CONFIRMED in seen or SeenBy.ACCOUNT in seen
