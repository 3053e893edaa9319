"""The simulated clinic's people at Keycloak: they get their tokens by user name and password."""

from __future__ import annotations

from typing import Any

from deploy.local.acting import Acting
from deploy.local.keycloak.realm import PASSWORD, called
from deploy.local.provider.app import CLINIC


class ActingAtKeycloak(Acting):
    """As at the local provider, but nobody there gives a token for the asking."""

    def called(self, subject: str) -> str:
        """Keycloak's own id of somebody."""
        return called(subject)

    async def _of_person(self, subject: str) -> dict[str, Any]:
        sent = {"grant_type": "password", "client_id": CLINIC, "scope": "openid profile"}
        return await self._exchanged(subject, {**sent, "username": subject, "password": PASSWORD})
