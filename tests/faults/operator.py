"""An operator of the chain: the command line in a process of its own, with the environment of one of the services."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.fleet import ROOT

SERVICE = "tests.faults.chain"


@dataclass(frozen=True)
class Operator:
    """Whoever has the environment of `service`."""

    service: str
    url: str
    bootstrap: str
    prefix: str
    folder: Path

    async def parked(self, does: str, *words: str) -> tuple[int, Any, str]:
        """`carebus parked ...`: its exit code, its JSON answer and everything it printed."""
        return await self._ran("parked", does, SERVICE, *words)

    async def carebus(self, *words: str) -> dict[str, Any]:
        """Any other command, which must succeed: its JSON answer."""
        code, answer, printed = await self._ran(*words)
        assert code == 0, printed
        return dict(answer)

    async def asked(self, *words: str) -> dict[str, Any]:
        """A command whose exit code says what it found: its JSON answer."""
        _, answer, _ = await self._ran(*words)
        return dict(answer)

    async def _ran(self, *words: str) -> tuple[int, Any, str]:
        started = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "carebus", *words, "--json"),
            cwd=ROOT,
            env=self._environment(),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await started.communicate()
        printed = out.decode() + err.decode()
        assert out, printed
        return started.returncode or 0, json.loads(out), printed

    async def mend(self, target: str, what: str, content: bytes) -> dict[str, Any]:
        """Retry one event with another body, or with other headers."""
        file = self.folder / f"mended-{self.service}"
        file.write_bytes(content)
        _, answer, _ = await self.parked("retry", target, f"--{what}", str(file), "--because", "mended")
        return dict(answer)

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "CHAIN_SERVICE": self.service,
            "DATABASE_URL": self.url,
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap,
            "CAREBUS_TOPIC_PREFIX": self.prefix,
            "PYTHONPATH": f"{ROOT}:{ROOT / 'shared'}",
        }
