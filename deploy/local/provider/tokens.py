"""What the local provider signs: ID, access, refresh and logout tokens, with a key that lasts as long as the data."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

AUDIENCE = "carebus"
ACCESS_S = 3600
REFRESH_S = 12 * 3600
LOGOUT_S = 120
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
HOW = {"acr": "local", "amr": ["pwd", "otp"]}
"""How people sign in here: as strongly as any installation may ask, since nobody signs in at all."""
REFUSED = (JoseError, KeyError, TypeError, ValueError)


def kept_key(file: Path, kid: str) -> RSAKey:
    """The private key in this file, made when there is none; readable by its owner only."""
    if not file.exists() or not file.stat().st_size:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(0o600)
        made = RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"}, private=True)
        file.write_text(json.dumps(made.as_dict(private=True)))
    return RSAKey.import_key(json.loads(file.read_text()))


@dataclass(frozen=True, slots=True)
class Tokens:
    """Signs as this issuer."""

    issuer: str
    key: RSAKey

    def keys(self) -> dict[str, Any]:
        """What everybody may check the tokens with."""
        return {"keys": [self.key.as_dict(private=False)]}

    def signed(self, kind: str, lasts_s: int, **claims: Any) -> str:
        """A token of this kind (its `typ`) for so many seconds."""
        now = int(time.time())
        said = {"iss": self.issuer, "iat": now, "exp": now + lasts_s, "jti": uuid4().hex, **claims}
        return jwt.encode({"alg": "RS256", "kid": self.key.kid, "typ": kind}, said, self.key)

    def id_token(self, client_id: str, subject: str, session: str, nonce: str | None, **claims: Any) -> str:
        """Says to a client who has signed in."""
        more = {"nonce": nonce} if nonce else {}
        return self.signed(
            "JWT", ACCESS_S, aud=client_id, azp=client_id, sub=subject, sid=session, **HOW, **more, **claims
        )

    def access_token(self, client_id: str, subject: str, **claims: Any) -> str:
        """Lets its bearer in at the services."""
        return self.signed("at+jwt", ACCESS_S, aud=AUDIENCE, client_id=client_id, sub=subject, **claims)

    def refresh_token(self, client_id: str, subject: str, session: str) -> str:
        """Gets its bearer new ones."""
        return self.signed("refresh", REFRESH_S, aud=self.issuer, client_id=client_id, sub=subject, sid=session)

    def logout_token(self, client_id: str, subject: str, session: str) -> str:
        """Tells a client that somebody has left."""
        told: dict[str, Any] = {"events": {LOGOUT_EVENT: {}}}
        return self.signed("logout+jwt", LOGOUT_S, aud=client_id, sub=subject, sid=session, **told)

    def read(self, token: str, kind: str) -> dict[str, Any]:
        """The claims of a token of our own. Raises one of REFUSED."""
        return checked(token, KeySet([self.key]), kind, self.issuer)


def checked(token: str, keys: KeySet, kind: str, audience: str) -> dict[str, Any]:
    """The claims of a token that is in time and meant for this audience. Raises one of REFUSED."""
    found = jwt.decode(token, keys, algorithms=["RS256"])
    wanted = {"aud": {"essential": True, "value": audience}, "exp": {"essential": True}}
    jwt.JWTClaimsRegistry(**wanted).validate(found.claims)  # type: ignore[arg-type]
    if kind and found.header.get("typ") != kind:
        raise ValueError("another kind of token")
    return dict(found.claims)
