"""Addresses that open one page to anyone who has them: made of an id and a secret, and not stored."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from uuid import UUID

_ID, _PROOF = 16, 24
_FOR = b"carebus private link "


class PrivateLinks:
    """Links below one page. Whoever knows all ids, as from a database or a topic, still can't make an address.

    The proof has 192 bits (HMAC-SHA-256, shortened). Another secret ends every link at once.
    """

    def __init__(self, secret: str, page: str) -> None:
        self._secret = secret.encode()
        self._page = page.rstrip("/")

    def address(self, link_id: UUID) -> str:
        """The whole address of a link."""
        return f"{self._page}/{self.token(link_id)}"

    def token(self, link_id: UUID) -> str:
        """The last part of the address."""
        return urlsafe_b64encode(link_id.bytes + self._proof(link_id)).rstrip(b"=").decode()

    def read(self, token: str) -> UUID | None:
        """The id of a link that was made with this secret, else nothing."""
        try:
            found = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
        except (NotBase64, ValueError):
            return None
        if len(found) != _ID + _PROOF:
            return None
        link_id = UUID(bytes=found[:_ID])
        return link_id if hmac.compare_digest(self.token(link_id).encode(), token.encode()) else None

    def _proof(self, link_id: UUID) -> bytes:
        return hmac.digest(self._secret, _FOR + link_id.bytes, hashlib.sha256)[:_PROOF]
