"""Reads a topic's files, and cuts the end off its log as a disk does that never wrote what was acknowledged."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

_BATCH = struct.Struct(">qiibIhi")  # base offset, length, leader epoch, magic, checksum, attributes, last offset delta
_BEFORE_LENGTH = 12
CLEAN = ".kafka_cleanshutdown"


def cut(topics: Path, topic: str, records: int) -> dict[int, tuple[int, int]]:
    """Cut about so many records off every partition of `topic`; gives partition -> (its end before, its end now).

    Only whole batches are cut. What Kafka noted beyond the new end is taken away too, and it will check the log.
    """
    (topics / CLEAN).unlink(missing_ok=True)
    lost = {}
    for folder in topics.glob(f"{topic}-[0-9]*"):
        partition = int(folder.name.rpartition("-")[2])
        segment = max(folder.glob("*.log"))
        batches = list(_batches(segment.read_bytes()))
        if not batches:
            continue
        before = batches[-1][2]
        keep = next((n for n in range(len(batches)) if before - batches[n][1] <= records), len(batches))
        position, now, _ = batches[keep] if keep < len(batches) else (segment.stat().st_size, before, before)
        with segment.open("r+b") as log:
            log.truncate(position)
        _forget_beyond(folder, now)
        lost[partition] = (before, now)
    return lost


def ends(topics: Path, topic: str) -> dict[int, int]:
    """Where the log of every partition of `topic` ends in these files, whatever the broker says of it."""
    found = {}
    for folder in topics.glob(f"{topic}-[0-9]*"):
        segment = max(folder.glob("*.log"))
        batches = list(_batches(segment.read_bytes()))
        found[int(folder.name.rpartition("-")[2])] = batches[-1][2] if batches else int(segment.stem)
    return found


def _batches(log: bytes) -> Iterator[tuple[int, int, int]]:
    """Where each batch begins in the file, its first offset, and the offset after its last."""
    position = 0
    while position + _BATCH.size <= len(log):
        base, length, _, _, _, _, delta = _BATCH.unpack_from(log, position)
        if length <= 0:
            return
        yield position, base, base + delta + 1
        position += _BEFORE_LENGTH + length


def _forget_beyond(folder: Path, end: int) -> None:
    for snapshot in folder.glob("*.snapshot"):
        if int(snapshot.stem) > end:
            snapshot.unlink()
    for index in [*folder.glob("*.index"), *folder.glob("*.timeindex")]:
        index.unlink()
