"""A referrer's system as a process of its own: it checks each call's signature, and answers as its orders say.

`python -m tests.referral.receiver FOLDER` writes its port to FOLDER/port and a line of JSON per call to FOLDER/calls.
It reads FOLDER/orders at each call: `{"status": 500, "times": 3, "delay": 0.5}` answers the next three like that.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

ROOT = Path(__file__).parents[2]
ORDERS = Lock()


@dataclass
class Receiver:
    """A receiver that runs, as its test sees it."""

    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{(self.folder / 'port').read_text()}/hook"

    def order(self, status: int, *, times: int = 10**6, delay: float = 0.0) -> None:
        """Answer the next calls like this."""
        new = self.folder / "orders.new"
        new.write_text(json.dumps({"status": status, "times": times, "delay": delay}))
        new.replace(self.folder / "orders")

    def trust(self, secret: str) -> None:
        """Check signatures by this secret from now on."""
        (self.folder / "secret").write_text(secret)

    @property
    def calls(self) -> list[dict[str, Any]]:
        """Every call so far: its id, body, path, whether its signature is right, and how it was answered."""
        log = self.folder / "calls"
        whole, _, _ = log.read_text().rpartition("\n") if log.exists() else ("", "", "")  # the last may be half written
        return [json.loads(line) for line in whole.splitlines()]

    @property
    def taken(self) -> list[str]:
        """The ids of the calls that were taken, repeats included."""
        return [call["id"] for call in self.calls if call["status"] < 300]


@contextmanager
def receiver(folder: Path) -> Iterator[Receiver]:
    """A receiver as a process."""
    folder.mkdir()
    process = subprocess.Popen([sys.executable, "-m", "tests.referral.receiver", str(folder)], cwd=ROOT)
    try:
        deadline = time.monotonic() + 30
        while not (folder / "port").exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield Receiver(folder, process)
    finally:
        process.kill()
        process.wait()


class Hook(BaseHTTPRequestHandler):
    """Answers a call and writes it down."""

    folder: Path

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        order = self._order()
        (self.folder / "begun").touch()
        time.sleep(order["delay"])
        call = {
            "id": self.headers.get("webhook-id"),
            "path": self.path,
            "host": self.headers.get("host"),
            "kind": self.headers.get("content-type"),
            "body": body.decode(),
            "genuine": self._is_genuine(body),
            "status": order["status"],
        }
        with ORDERS, (self.folder / "calls").open("a") as log:
            log.write(json.dumps(call) + "\n")
        try:
            self.send_response(order["status"])
            if order["status"] == 302:
                self.send_header("location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()
        except BrokenPipeError:
            pass

    def _order(self) -> dict[str, Any]:
        with ORDERS:
            file = self.folder / "orders"
            order = json.loads(file.read_text()) if file.exists() else {"status": 204, "times": 1, "delay": 0.0}
            if order["times"] > 0 and file.exists():
                file.write_text(json.dumps({**order, "times": order["times"] - 1}))
                return dict(order)
            return {"status": 204, "delay": 0.0}

    def _is_genuine(self, body: bytes) -> bool:
        secret = self.folder / "secret"
        try:
            Webhook(secret.read_text()).verify(body, dict(self.headers.items()))
        except (WebhookVerificationError, FileNotFoundError):
            return False
        return True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Busy(ThreadingHTTPServer):
    """Takes many calls at once: the library's five would make a caller wait a second for its next try."""

    request_queue_size = 128


def main(folder: Path) -> None:
    """Serve until killed."""
    Hook.folder = folder
    server = Busy(("127.0.0.1", 0), Hook)
    port = folder / "port.new"
    port.write_text(str(server.server_port))
    port.replace(folder / "port")
    server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
