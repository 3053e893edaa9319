"""The address that links to FHIR resources of referrals begin with."""

from fastapi import Request

from carebus.web.http import Parts
from services.referral.api.feedback.links import settings_of


def base_of(request: Request, parts: Parts) -> str:
    """The address that links to resources begin with: the public one where it is set, else the one that was asked."""
    settings = settings_of(parts)
    if "referral_url" in settings.model_fields_set:
        return f"{settings.referral_url.rstrip('/')}/fhir"
    return f"{request.url.scheme}://{request.url.netloc}/fhir"
