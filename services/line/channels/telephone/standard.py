"""Telephone facts by the Standard Webhooks specification: its library proves who signed them and when."""

from collections.abc import Mapping

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from services.line.channels.telephone.refusing import NotSigned


def require_signed(secret: str, body: bytes, headers: Mapping[str, str]) -> None:
    """Raises NotSigned for another's signature, and for one older than the library's five minutes."""
    try:
        Webhook(secret).verify(body, dict(headers))
    except (WebhookVerificationError, ValueError, KeyError):
        raise NotSigned from None
