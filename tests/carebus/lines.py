"""What was logged while a test ran, as a service writes it."""

from __future__ import annotations

import io
import json
from typing import Any


class Lines:
    """What was logged while a test ran."""

    def __init__(self, stream: io.StringIO) -> None:
        self._stream = stream

    def text(self) -> str:
        return self._stream.getvalue()

    def entries(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text().splitlines()]
