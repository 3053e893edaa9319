"""Serves the local provider, or prints a token of somebody: `python -m deploy.local.provider [token WHO]`."""

import asyncio
import os
import sys
from pathlib import Path

from carebus.web.links import parsed
from carebus.web.server import serve
from deploy.local.acting import Acting
from deploy.local.clinic import SEED
from deploy.local.options import PORTS, ROOT
from deploy.local.process import LOOPBACK
from deploy.local.provider.app import CLINIC, Provider
from deploy.local.provider.people import people
from deploy.local.provider.tokens import Tokens, kept_key
from deploy.local.providers import LOCAL, acting_at


def main(*asked: str) -> None:
    """Do what is asked; a port and a folder other than the usual ones stand in CAREBUS_PORT and CAREBUS_KEYS."""
    port = int(os.environ.get("CAREBUS_PORT", PORTS["provider"]))
    keys = Path(os.environ.get("CAREBUS_KEYS", ROOT / ".carebus" / "provider"))
    issuer = f"http://{LOOPBACK}:{port}"
    if asked[:1] == ("token",):
        print(asyncio.run(_token(acting_at(os.environ.get("PROVIDER") or LOCAL, port, keys), *asked[1:])))
    else:
        _serve(issuer, port, keys)


def _serve(issuer: str, port: int, keys: Path) -> None:
    clients = {link.label: link.href for link in parsed(os.environ.get("CAREBUS_CLIENTS", ""))}
    tokens, programs = Tokens(issuer, kept_key(keys / "provider.key", "local")), keys / "programs.key"
    provider = Provider(tokens, people(SEED), {**clients, CLINIC: ""}, kept_key(programs, "programs"))
    serve(provider.app(), host=LOOPBACK, port=port, log_level="warning")


async def _token(acting: Acting, who: str) -> str:
    try:
        return await acting.token(who)
    finally:
        await acting.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
