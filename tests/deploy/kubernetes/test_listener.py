"""A port for messages by MLLP: pods of their own, a Service that keeps the sender's address, and who reaches it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.deploy.kubernetes.conftest import Documents
from tests.deploy.kubernetes.manifests import environment, named, of_kind

pytestmark = pytest.mark.deploy


def test_without_a_port_there_is_no_listener(with_values: Callable[..., Documents]) -> None:
    assert "line-listener" not in {one["metadata"]["name"] for one in of_kind(with_values(), "Deployment", "Service")}


@pytest.mark.parametrize("split", ["true", "false"])
def test_a_listener_has_pods_a_service_and_a_way_in(split: str, with_values: Callable[..., Documents]) -> None:
    made = with_values("services.line.listener.port=2575", f"services.line.split={split}")
    pod: dict[str, Any] = named(made, "Deployment", "line-listener")["spec"]["template"]
    told = environment(pod["spec"])
    assert (told["CAREBUS_ROLE"], told["CAREBUS_MLLP_PORT"], told["CAREBUS_MLLP_HOST"]) == (
        "listener",
        "2575",
        "0.0.0.0",
    )
    assert {"name": "mllp", "containerPort": 2575} in pod["spec"]["containers"][0]["ports"]
    service = named(made, "Service", "line-listener")["spec"]
    assert service["selector"].items() <= pod["metadata"]["labels"].items()
    rules = named(made, "NetworkPolicy", "line")["spec"]["ingress"]
    assert [{"port": "mllp"}] in [rule["ports"] for rule in rules]


def test_a_load_balancer_keeps_the_senders_own_address(with_values: Callable[..., Documents]) -> None:
    made = with_values("services.line.listener.port=2575", "services.line.listener.service.type=LoadBalancer")
    assert named(made, "Service", "line-listener")["spec"]["externalTrafficPolicy"] == "Local"
