"""Serves the local provider: `python -m deploy.local.provider`."""

import os
from pathlib import Path

from carebus.web.links import parsed
from carebus.web.server import serve
from deploy.local.clinic import SEED
from deploy.local.process import LOOPBACK
from deploy.local.provider.app import CLINIC, Provider
from deploy.local.provider.people import people
from deploy.local.provider.tokens import Tokens, kept_key


def main() -> None:
    """Serve on CAREBUS_PORT for the clients that CAREBUS_CLIENTS names, with keys below CAREBUS_KEYS."""
    port, keys = int(os.environ["CAREBUS_PORT"]), Path(os.environ["CAREBUS_KEYS"])
    clients = {link.label: link.href for link in parsed(os.environ["CAREBUS_CLIENTS"])}
    issuer = f"http://{LOOPBACK}:{port}"
    provider = Provider(
        Tokens(issuer, kept_key(keys / "provider.key", "local")),
        people(SEED),
        {**clients, CLINIC: ""},
        kept_key(keys / "programs.key", "programs"),
    )
    serve(provider.app(), host=LOOPBACK, port=port, log_level="warning")


if __name__ == "__main__":
    main()
