"""Seals what a document holds with AES-256-GCM, bound to the document and the patient, so that nobody can swap them."""

import os
from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from carebus.errors import CarebusError
from services.wishes.settings import Settings

NONCE_BYTES = 12


class NoDocumentKey(CarebusError):
    """Files can't be kept here yet: whoever runs Carebus has to set CAREBUS_DOCUMENT_KEYS. What a document says can be
    written down without its file."""

    status = 503


class NotReadable(CarebusError):
    """This document's file can't be read: its key is missing, or the file was altered. Tell whoever runs Carebus."""

    status = 500


class Bound(NamedTuple):
    """What a file is bound to: opened as another's, it does not open. page: 0 for the file as it came."""

    document_id: UUID
    patient_id: UUID
    page: int = 0

    def as_bytes(self) -> bytes:
        """What is authenticated beside the content."""
        return f"{self.document_id}/{self.patient_id}/{self.page}".encode()


class Sealed(NamedTuple):
    """What is kept: which key opens it, and the nonce with the sealed bytes."""

    key_id: str
    content: bytes


class Seal:
    """Seals with the first key, opens with any."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._newest = next(iter(keys))

    def close(self, content: bytes, bound: Bound) -> Sealed:
        """Seal this."""
        nonce = os.urandom(NONCE_BYTES)
        return Sealed(self._newest, nonce + self._ciphers[self._newest].encrypt(nonce, content, bound.as_bytes()))

    def open(self, sealed: Sealed, bound: Bound) -> bytes:
        """What was sealed for the same document and patient. Raises NotReadable."""
        cipher = self._ciphers.get(sealed.key_id)
        if cipher is None:
            raise NotReadable
        nonce, content = sealed.content[:NONCE_BYTES], sealed.content[NONCE_BYTES:]
        try:
            return cipher.decrypt(nonce, content, bound.as_bytes())
        except InvalidTag:
            raise NotReadable from None


def seal_of(settings: Settings) -> Seal:
    """The seal with these settings' keys. Raises NoDocumentKey."""
    if not settings.keys:
        raise NoDocumentKey
    return Seal(settings.keys)
