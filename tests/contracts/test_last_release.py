"""The release before this one and this one read the same records alike, with padded and with plain sequences."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from carebus.contracts.envelope import SEQUENCE_DIGITS
from tests.contracts.test_released import GOLDEN, held

ROOT = Path(__file__).parents[2]
LAST_RELEASE = "7978c1c"
"""The commit whose contracts are 0.1.0."""
READ = """
import json, sys, carebus
from carebus.contracts import EVENTS, read_envelope
assert carebus.__file__.startswith(sys.argv[1])
for record in json.load(sys.stdin):
    envelope = read_envelope(record["headers"])
    event = EVENTS[envelope.type].model_validate(record["body"], strict=False)
    body = event.model_dump(mode="json")
    print(json.dumps([str(envelope.id), envelope.source, envelope.subject, envelope.sequence, body]))
"""


@pytest.fixture(scope="module")
def last_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library as it was then."""
    git = ["git", "-C", str(ROOT), "archive", LAST_RELEASE, "shared"]
    packed = subprocess.run(git, capture_output=True, check=False)
    if packed.returncode:
        pytest.skip("this checkout has no history, so the last release's code is not here")
    folder = tmp_path_factory.mktemp("last_release")
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as tar:
        tar.extractall(folder, filter="data")
    return folder / "shared"


def read_by(library: Path, records: list[dict[str, Any]]) -> list[Any]:
    done = subprocess.run(
        [sys.executable, "-c", READ, str(library)],
        input=json.dumps(records),
        env={**os.environ, "PYTHONPATH": str(library)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def golden(sequence: str) -> list[dict[str, Any]]:
    """Every frozen record of 0.1.0, with this sequence."""
    records = [json.loads(file.read_text()) for file in GOLDEN if "0.1.0" in file.parts]
    return [{**record, "headers": {**record["headers"], "ce_sequence": sequence}} for record in records]


def test_both_read_alike_whether_a_sequence_is_padded_or_not(last_release: Path) -> None:
    plain, padded = golden("10"), golden("10".zfill(SEQUENCE_DIGITS))
    then, now = read_by(last_release, plain), read_by(ROOT / "shared", plain)
    assert {one[3] for one in then + now} == {10}
    assert read_by(last_release, padded) == then
    assert read_by(ROOT / "shared", padded) == now
    assert [one[:4] for one in now] == [one[:4] for one in then]
    assert all(held(new[4], old[4]) for new, old in zip(now, then, strict=True))
