"""The lanes: what can't be tried on a machine is said, by 77 when it is all, in a line when it is a part."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.kubernetes import __main__ as lanes
from deploy.kubernetes import building, images, needs, tools

Lane = Callable[[str], int]


@pytest.fixture
def lane(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Lane:
    """Runs a lane whose tests all pass, with a cache that holds all that lanes can't do without."""
    (tmp_path / "bin").mkdir()
    for name in ("kube", "etcd", "kwok", "coredns"):
        (tmp_path / "bin" / name).touch()
    monkeypatch.setattr(building, "home", lambda: tmp_path)
    monkeypatch.setattr(tools, "prepare", lambda _: None)
    monkeypatch.setattr(needs, "home", lambda: tmp_path)
    monkeypatch.setattr(needs, "_is_there", lambda _: True)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(images, "require_bases", lambda: None)
    monkeypatch.delenv("KUBERNETES", raising=False)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0))
    return lambda name: lanes.main([name])


@pytest.mark.parametrize(
    ("name", "part", "needs"), [("cluster", "KEDA", "keda-operator"), ("check", "Helm 3", "helm3")]
)
def test_a_part_that_was_skipped_is_told(
    name: str, part: str, needs: str, lane: Lane, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lane(name) == 0
    told = capsys.readouterr().out
    assert f"a part was skipped, {part}" in told
    assert f"{needs}" in told
    assert "KUBERNETES=build" in told


def test_nothing_is_told_where_all_is_there(lane: Lane, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("keda-operator", "keda-adapter", "helm3"):
        (tmp_path / "bin" / name).touch()
    assert [lane(name) for name in ("cluster", "check")] == [0, 0]
    assert "skipped" not in capsys.readouterr().out


def test_a_lane_names_all_that_it_lacks_at_once_and_builds_nothing_before(
    lane: Lane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def build(*_: object, **__: object) -> None:
        pytest.fail("something was built or fetched before it was known that the lane can't run")

    lacking = {"mmdebstrap", "nft", "/usr/lib/cni/bridge"}
    (tmp_path / "bin" / "coredns").unlink()
    monkeypatch.setattr(needs, "_is_there", lambda name: name not in lacking)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(tools, "prepare", build)
    monkeypatch.setattr(building, "require", build)
    assert lane("cluster") == lanes.SKIPPED
    assert capsys.readouterr().out == (
        "skipped: this lane needs to be root; mmdebstrap, nft, /usr/lib/cni/bridge"
        " (apt-get install containernetworking-plugins mmdebstrap nftables);"
        " to build once, with KUBERNETES=build: coredns, two minutes\n"
    )


def test_a_lane_that_would_build_needs_go(
    lane: Lane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bin" / "kube").unlink()
    monkeypatch.setattr(needs, "_is_there", lambda name: name != "go")
    monkeypatch.setenv("KUBERNETES", "build")
    assert lane("api-server") == lanes.SKIPPED
    assert capsys.readouterr().out == "skipped: this lane needs go (apt-get install golang)\n"


def test_make_asks_the_lane() -> None:
    told = subprocess.run(
        ["make", "-n", "test-images"], cwd=images.ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert "-m deploy.kubernetes images" in told
