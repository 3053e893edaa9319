"""The page for operators says what works."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
from pathlib import Path

from carebus.testing import Bench
from tests.line.hospital.messages import port_of

PAGE = Path(__file__).parents[3] / "docs/how-to/connect-a-hospital.md"


def block(after: str) -> str:
    """The block of the page after this remark, without the indent of its list."""
    found = re.search(re.escape(after) + r"[^\n]*-->\n +```\w*\n(.*?)\n +```", PAGE.read_text(), re.DOTALL)
    assert found
    return "\n".join(line.removeprefix("   ") for line in found[1].splitlines())


async def test_a_message_is_sent_as_the_page_says(line: Bench, tmp_path: Path) -> None:
    (tmp_path / "message.hl7").write_text(block("file: message.hl7") + "\n")
    async with port_of(line) as port:
        told = {**os.environ, "LINE": "127.0.0.1", "PORT": str(port)}
        words = ["bash", "-euo", "pipefail", "-c", block("covered by")]
        done = await asyncio.to_thread(subprocess.run, words, cwd=tmp_path, env=told, capture_output=True, text=True)
    assert "MSA|AA|1" in done.stdout, done.stderr
