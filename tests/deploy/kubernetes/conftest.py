"""What the charts come to, for all tests of this folder; without the tools in the cache they are skipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from deploy.kubernetes import render, tools

Documents = list[dict[str, Any]]


@contextmanager
def or_skipped() -> Iterator[None]:
    """What can't be had on this machine skips the test that needs it."""
    try:
        yield
    except tools.LaneSkipped as why:
        pytest.skip(str(why))


@pytest.fixture(scope="session")
def with_tools() -> None:
    """Helm, kubectl, kubeconform and the schemas are there."""
    with or_skipped():
        for name in ("helm", "kubectl", "kubeconform"):
            tools.program(name)
        tools.schemas()


@pytest.fixture(scope="session")
def overlays(with_tools: None) -> dict[str, Documents]:
    """The manifests of the chart by overlay."""
    return {name: render.overlay("chart", name) for name in render.OVERLAYS}


@pytest.fixture(params=render.OVERLAYS)
def manifests(request: pytest.FixtureRequest, overlays: dict[str, Documents]) -> Documents:
    """The manifests of one overlay, then of the other."""
    return overlays[request.param]


@pytest.fixture(scope="session")
def with_values(with_tools: None) -> Callable[..., Documents]:
    """The manifests of the dev overlay with further `key=value`."""

    def make(*values: str) -> Documents:
        return render.overlay("chart", "dev", *(word for value in values for word in ("--set", value)))

    return make
