"""Twilio's status callbacks: its own signature, and what its words mean here.

Rules: https://www.twilio.com/docs/usage/security (HMAC-SHA1 over the address and the sorted fields of the form) and
https://www.twilio.com/docs/voice/twiml#callstatus-values.
"""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from services.line.channels.telephone.refusing import NotRead, NotSigned
from services.line.domain.calls.telephone import EARLIEST, ReportTelephone, TelephoneFact

FACTS = {
    "queued": TelephoneFact.RINGING,
    "initiated": TelephoneFact.RINGING,
    "ringing": TelephoneFact.RINGING,
    "in-progress": TelephoneFact.ANSWERED,
    "completed": TelephoneFact.ENDED,
    "busy": TelephoneFact.ENDED,
    "failed": TelephoneFact.ENDED,
    "no-answer": TelephoneFact.ENDED,
    "canceled": TelephoneFact.ENDED,
}
LONGEST = 200


def signature_of(token: str, address: str, fields: Mapping[str, str]) -> str:
    """What Twilio puts into `X-Twilio-Signature`."""
    signed = address + "".join(name + fields[name] for name in sorted(fields))
    return b64encode(hmac.digest(token.encode(), signed.encode(), hashlib.sha1)).decode()


def require_signed(token: str, address: str, fields: Mapping[str, str], signature: str) -> None:
    """Raises NotSigned."""
    if not hmac.compare_digest(signature_of(token, address, fields).encode(), signature.encode()):
        raise NotSigned


def fact_of(fields: Mapping[str, str], now: datetime) -> ReportTelephone:
    """What happened to a call. Raises NotRead, which names the field."""
    key, status = fields.get("CallSid", ""), fields.get("CallStatus", "")
    if not key or len(key) > LONGEST:
        raise NotRead(name="CallSid", rule="Say which call it is.")
    if status not in FACTS:
        raise NotRead(name="CallStatus", rule="It is none of Twilio's.")
    return ReportTelephone(
        call_key=key,
        fact=FACTS[status],
        happened_at=_time(fields.get("Timestamp", ""), now),
        from_number=fields.get("From", "")[:40],
        to_number=fields.get("To", "")[:40],
        agent=fields.get("Agent", "")[:100],
    )


def _time(said: str, now: datetime) -> datetime:
    """When it happened, which Twilio says as mail does; now, where it says nothing that can be read."""
    try:
        at = parsedate_to_datetime(said)
    except (TypeError, ValueError):
        return now
    return at if at.tzinfo and at >= EARLIEST else now
