"""Runs a Keycloak of our own with one realm in it, on a loopback port."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from deploy.local.folders import place_data
from deploy.local.keycloak.files import NAME, command, fetch_keycloak
from deploy.local.keycloak.realm import PASSWORD, REALM, Json
from deploy.local.process import LOOPBACK, Command, Server, ServerProcess, require_disk, require_port, without_java

START_TIMEOUT_S = 600.0
"""The first start makes tables, people and clients: half a minute, or three where others keep the machine busy."""
PROBE_TIMEOUT_S = 2.0
ADMIN = "admin"
PARTS = ("conf", "lib", "providers", "themes", "version.txt")
"""What runs share; Keycloak reads and writes its data beside them."""


@dataclass
class Keycloak(Server):
    """Keycloak with its data in `data` and its program files in `cache` (fetched and built when missing).

    It has this realm and no other people or clients: over data of another realm it begins anew. Its administrator is
    `ADMIN` with everybody's password.
    """

    data: Path
    port: int
    cache: Path
    realm: Json
    tell: Callable[[str], None] = lambda _: None

    def start(self) -> None:
        """Start and return when people can sign in. Raises a `LocalServerError` that names the way out."""
        if self.running:
            return
        files = fetch_keycloak(self.cache, self.tell)
        data = place_data(self.data, None)
        require_disk(data)
        require_port(NAME, self.port)
        self._launch(data, files)

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def issuer(self) -> str:
        """The realm's address, which is its name."""
        return issuer_at(self.port)

    def answers(self) -> bool:
        """Whether the realm is there."""
        try:
            found = httpx.get(
                f"{self.issuer}/.well-known/openid-configuration", timeout=PROBE_TIMEOUT_S, trust_env=False
            )
        except httpx.HTTPError:
            return False
        return found.is_success

    def _launch(self, data: Path, files: Path) -> None:
        done, wanted = data / "realm.json", json.dumps(self.realm, indent=1)
        home = data / "home"
        self.tell(f"Starting {NAME}.")
        if not done.exists() or done.read_text() != wanted:  # never begun, cut off while it began, or another realm
            self.tell(f"{NAME} makes its database and the realm: half a minute, or more.")
            shutil.rmtree(home, ignore_errors=True)
            done.unlink(missing_ok=True)
        _furnish(home, files, wanted)
        self._server = ServerProcess(
            Command(
                server=NAME,
                argv=command(home, *self._words()),
                log=data / "log",
                folder=home,
                environment={
                    **without_java(),
                    "KC_BOOTSTRAP_ADMIN_USERNAME": ADMIN,
                    "KC_BOOTSTRAP_ADMIN_PASSWORD": PASSWORD,
                },
            )
        )
        self._server.wait_until(self.answers, self.port, START_TIMEOUT_S)
        done.write_text(wanted)

    def _words(self) -> list[str]:
        return [
            "start",
            "--optimized",
            "--import-realm",
            "--cache=local",
            "--http-enabled=true",
            f"--http-host={LOOPBACK}",
            f"--http-port={self.port}",
            f"--hostname={self.address}",
        ]


def issuer_at(port: int) -> str:
    """The name of the realm of a Keycloak on this port."""
    return f"http://{LOOPBACK}:{port}/realms/{REALM}"


def _furnish(home: Path, files: Path, realm: str) -> None:
    """Make `home` look like an unpacked Keycloak with this realm to import and data of its own."""
    imported = home / "data" / "import" / f"{REALM}-realm.json"
    imported.parent.mkdir(parents=True, exist_ok=True)
    imported.write_text(realm)
    for part in PARTS:
        link = home / part
        link.unlink(missing_ok=True)
        link.symlink_to(files / part)
