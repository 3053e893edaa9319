"""A local provider for tests: with one client beside the clinic, or with those that are named."""

from __future__ import annotations

from pathlib import Path

from joserfc.jwk import RSAKey

from carebus.testing import people as testing
from deploy.local.clinic import SEED
from deploy.local.provider.app import CLINIC, Provider
from deploy.local.provider.people import people
from deploy.local.provider.tokens import Tokens, kept_key

CLIENT, HOME = "carebus-referral", "http://127.0.0.1:1"


def provider_at(port: int, folder: Path, clients: dict[str, str] | None = None, *, keys: bool = True) -> Provider:
    """A provider that is to be served on this port of loopback."""
    own: RSAKey = kept_key(folder / "provider.key", "local") if keys else testing.key()
    programs: RSAKey = kept_key(folder / "programs.key", "programs") if keys else testing.key()
    known = clients if clients is not None else {CLIENT: HOME}
    return Provider(Tokens(f"http://127.0.0.1:{port}", own), people(SEED), {**known, CLINIC: ""}, programs)
