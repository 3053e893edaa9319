"""`python -m deploy.kubernetes`: writes what is made from contracts and charts, and runs the lanes that prove it."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Sequence

from deploy.kubernetes import building, images, needs, observed, render, tools, topics, trial

SKIPPED = 77
"""The exit code of a lane that can't run on this machine."""
TESTS = "tests/deploy/kubernetes"


def main(words: Sequence[str] | None = None) -> int:
    """Do what the words say; returns the exit code."""
    parser = argparse.ArgumentParser("deploy.kubernetes", description="Write and prove what is deployed.")
    does = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, made, about in (
        ("topics", topics, "write deploy/topics from the contracts"),
        ("observed", observed, "write into the chart what deploy/observability has"),
        ("render", render, "write deploy/kustomize from the chart"),
    ):
        one = does.add_parser(name, help=about)
        one.add_argument("--check", action="store_true", help="write nothing; fail if it is not up to date")
        one.set_defaults(run=lambda asked, made=made, name=name: _make(asked, name, made.stale, made.write))
    one = does.add_parser("check", help="fetch the tools once, then check charts, manifests and drift")
    one.set_defaults(run=_check)
    one = does.add_parser("images", help="build the images and run them with everything taken away")
    one.set_defaults(run=_images)
    one = does.add_parser("api-server", help="try the charts on a real API server with nodes that are not there")
    one.set_defaults(run=_api_server)
    one = does.add_parser("cluster", help="try all services from the chart in real pods")
    one.set_defaults(run=_cluster)
    one = does.add_parser("trial", help="bring everything into the current cluster, for trying")
    one.add_argument("--registry", required=True, help="where the images are")
    one.add_argument("--tag", default="dev")
    one.set_defaults(run=lambda asked: trial.deploy(asked.registry, asked.tag))
    asked = parser.parse_args(words)
    try:
        return int(asked.run(asked))
    except tools.LaneSkipped as why:
        print(f"skipped: {why}")
        return SKIPPED


def _make(asked: argparse.Namespace, name: str, stale: Callable[[], list[str]], write: Callable[[], list[str]]) -> int:
    found = stale() if asked.check else write()
    if asked.check and found:
        print("\n".join(f"not up to date: {file} (run `python -m deploy.kubernetes {name}`)" for file in found))
        return 1
    print("\n".join(found) or "up to date")
    return 0


def _check(_: argparse.Namespace) -> int:
    tools.prepare(_say)
    elder = _part("Helm 3", "helm3")
    return _tests("deploy", TESTS, parts=elder)


def _images(_: argparse.Namespace) -> int:
    needs.require(needs.IMAGES, build=_building())
    images.require_bases()
    return _tests("images", f"{TESTS}/test_images.py")


def _api_server(_: argparse.Namespace) -> int:
    needs.require(needs.API_SERVER, build=_building(), say=_say)
    tools.prepare(_say)
    building.require(("kube", "etcd", "kwok"), _say, build=_building())
    return _tests("cluster", f"{TESTS}/test_api_server.py")


def _cluster(_: argparse.Namespace) -> int:
    needs.require(needs.CLUSTER, build=_building(), say=_say)
    tools.prepare(_say)
    building.require(("kube", "etcd", "coredns"), _say, build=_building())
    by_lag = _part("KEDA", "keda-operator", "keda-adapter")
    return _tests("cluster", f"{TESTS}/test_cluster.py", "-s", parts=by_lag)


def _part(what: str, *names: str) -> list[str]:
    """What is to be said at the end when a part of a lane can't be tried without these programs."""
    try:
        building.require(names, _say, build=_building())
    except tools.LaneSkipped as why:
        return [f"a part was skipped, {what}: {why}"]
    return []


def _tests(mark: str, *words: str, parts: Sequence[str] = ()) -> int:
    asked = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", mark, *words)
    code = subprocess.run(asked, check=False).returncode
    for part in parts:
        _say(part)
    return code


def _building() -> bool:
    return os.environ.get("KUBERNETES") == "build"


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
