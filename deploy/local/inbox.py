"""The inbox of the local run: a Maildir whose messages are on disk before they are acknowledged."""

from __future__ import annotations

import itertools
import os
import time
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import message_from_binary_file, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from pathlib import Path

_PARSER = BytesHeaderParser(policy=policy.default)


@dataclass(frozen=True)
class Header:
    """What the list of messages shows of one; `repeat` says that a message with this Message-ID came before."""

    name: str
    subject: str
    to: str
    message_id: str
    received_at: datetime
    repeat: bool = False


class Inbox:
    """The messages in a Maildir; files never change, so each is read once."""

    def __init__(self, folder: Path) -> None:
        """Look at `folder`, which need not exist yet."""
        self._folder = folder
        self._headers: dict[str, Header] = {}

    def headers(self) -> list[Header]:
        """All messages, newest first, repeats marked."""
        seen: Counter[str] = Counter()
        marked = []
        for header in self._in_order():
            seen[header.message_id] += 1
            marked.append(header if seen[header.message_id] == 1 else _repeated(header))
        return marked[::-1]

    def counts(self) -> tuple[int, int]:
        """How many messages there are, and how many distinct Message-IDs among them."""
        headers = self._in_order()
        return len(headers), len({header.message_id for header in headers})

    def message(self, name: str) -> tuple[Header, EmailMessage] | None:
        """One message with its header, None when there is none of that name."""
        header = next((each for each in self.headers() if each.name == name), None)
        if header is None:
            return None
        with (self._folder / "new" / name).open("rb") as file:
            return header, message_from_binary_file(file, EmailMessage, policy=policy.default)

    def _in_order(self) -> list[Header]:
        new = self._folder / "new"
        names = sorted(path.name for path in new.iterdir()) if new.is_dir() else []
        for name in names:
            if name not in self._headers:
                self._headers[name] = _read(new / name)
        return [self._headers[name] for name in names]


class Delivery:
    """Writes messages into a Maildir, one file each, so that none is lost once `deliver` has returned."""

    def __init__(self, folder: Path) -> None:
        """Make the Maildir; what a crash left half written was never acknowledged and is removed."""
        self._folder = folder
        self._number = itertools.count()
        for room in ("tmp", "new", "cur"):
            (folder / room).mkdir(parents=True, exist_ok=True, mode=0o700)
        for half in list((folder / "tmp").iterdir()):
            half.unlink()

    def deliver(self, content: bytes) -> None:
        """Put one message on disk; raises `OSError` when that fails, and then there is no message."""
        name = f"{time.time_ns()}.{os.getpid()}_{next(self._number)}.carebus"
        draft = self._folder / "tmp" / name
        try:
            _write(draft, content)
            draft.rename(self._folder / "new" / name)
        except OSError:
            draft.unlink(missing_ok=True)
            raise
        _sync(self._folder / "new")


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(path: Path) -> Header:
    with path.open("rb") as file:
        headers = _PARSER.parse(file)
    return Header(
        name=path.name,
        subject=str(headers["subject"] or "(no subject)"),
        to=str(headers["to"] or headers["delivered-to"] or ""),
        message_id=str(headers["message-id"] or path.name).strip(),
        received_at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
    )


def _repeated(header: Header) -> Header:
    return replace(header, repeat=True)
