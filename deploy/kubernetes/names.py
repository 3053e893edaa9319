"""CoreDNS of this machine's own, as a plain process: pods ask it for the addresses of Services by their names."""

from __future__ import annotations

import httpx

from deploy.kubernetes.plane import START_S, Plane
from deploy.kubernetes.tools import program
from deploy.local.process import LOOPBACK, free_port

DOMAIN = "cluster.local"
PORT = 53
CONFIGURATION = """{domain}:{port} {{
  bind {address}
  errors
  ready {ready}
  kubernetes {domain} {{
    kubeconfig {access}
  }}
}}
"""
"""Names outside the cluster are refused: a trial needs none."""


def start_names(plane: Plane) -> None:
    """Start it where pods find the API server; returns when it knows the Services. Raises DidNotStart."""
    ready = f"{LOOPBACK}:{free_port()}"
    file = plane.folder / "Corefile"
    file.write_text(
        CONFIGURATION.format(domain=DOMAIN, port=PORT, address=plane.advertised, ready=ready, access=plane.kubeconfig)
    )
    server = plane.run("coredns", program("coredns"), "-conf", file)
    server.wait_until(lambda: _answers(f"http://{ready}/ready"), PORT, START_S)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5, trust_env=False).is_success
    except httpx.TransportError:
        return False
