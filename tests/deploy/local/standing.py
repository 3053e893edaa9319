"""An application behind a real server, begun and ended as the start page's is; whoever comes, none is believed."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.applications import Starlette

from carebus.web.server import Server, configured


@contextmanager
def standing(app: Starlette, port: int = 0) -> Iterator[str]:
    """Gives the address."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", port))
        server = Server(configured(app, trusted="", log_level="warning"))
        running = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        running.start()
        while not server.started and running.is_alive():
            time.sleep(0.01)
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
        server.handle_exit(signal.SIGTERM, None)
        running.join(timeout=10)
