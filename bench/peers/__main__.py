"""Brings `.venv-peers` in line with deploy/locks/peers.txt; says so when it cannot, and the lanes are left out."""

from __future__ import annotations

import subprocess
import sys

from bench.ground import ROOT
from bench.lanes import PEERS

VENV = PEERS.parents[1]
UV = [sys.executable, "-m", "uv"]


def main() -> int:
    """Make it where it is missing and install what is locked; quick when all is there. Never fails the bench."""
    steps = [["pip", "sync", "--quiet", "--require-hashes", "--python", str(PEERS), "deploy/locks/peers.txt"]]
    if not PEERS.exists():
        steps.insert(0, ["venv", "--quiet", "--python", sys.executable, str(VENV)])
    for step in steps:
        done = subprocess.run([*UV, *step], cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            said = done.stderr.strip().splitlines()
            print(f"The peers could not be installed: {said[-1] if said else 'no word from uv'}", file=sys.stderr)
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
