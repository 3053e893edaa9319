"""A disk of its own for a server, small enough to be filled."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

BLOCK = bytes(1 << 16)


def missing() -> str:
    """Why there can be no such disks here, or nothing."""
    return "" if os.geteuid() == 0 else "only root may mount disks"


@dataclass(frozen=True)
class Disk:
    """A mounted file system and the file that takes its room."""

    folder: Path

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"

    def fill(self) -> None:
        """Take all the room that is left, also what came free since the last time."""
        with self._ballast.open("ab", buffering=0) as ballast:
            for block in (BLOCK, BLOCK[:512]):
                with suppress(OSError):
                    while ballast.write(block):
                        pass

    def free(self) -> None:
        """Give the room back."""
        self._ballast.unlink(missing_ok=True)


@contextmanager
def disk(folder: Path, megabytes: int) -> Iterator[Disk]:
    """A disk of this size at `folder`, in memory; gone afterwards."""
    folder.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0711", "tmpfs", str(folder)], check=True)
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
