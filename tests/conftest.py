"""What every test may ask for: servers that are real, and names that nobody else uses."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.servers import BROKER, DATABASE, Pair, private_pair, shared_servers, wish

# A busy machine is no finding, so no test is judged by how long an example took.
settings.register_profile("carebus", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("carebus")

LONG = ("tests/system/", "tests/browser/", "tests/faults/", "tests/deploy/", "tests/docs/test_pages", "tests/bench/")

SERVERS = {"postgres_url", "kafka_bootstrap", "own_servers"}
"""The fixtures of real servers, which all tests of a run share with two processors."""

_servers = pytest.StashKey[ExitStack]()


class _Together(LoadScopeScheduling):  # type: ignore[misc]  # it has no types
    """Gives out single tests, but a module whose fixtures take long (a run, a browser) as a whole."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        return module if module.startswith(("tests/system/", "tests/browser/")) else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> _Together:
    return _Together(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first, so that no worker is left alone with it in the end; the rest in any order.

    What talks to real servers is tried once more when it fails, and then listed as RERUN: a fault fails twice, a race
    between a test and a busy machine is named to be mended and costs nobody the run.
    """
    for item in items:
        serves = item.nodeid.startswith(LONG) or SERVERS & set(getattr(item, "fixturenames", ()))
        if serves and not item.nodeid.startswith("tests/system/"):  # where a whole run would be played again for each
            item.add_marker(pytest.mark.flaky(reruns=1))
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.stash[_servers] = ExitStack()
        config.stash[_servers].enter_context(shared_servers())


def pytest_unconfigure(config: pytest.Config) -> None:
    if _servers in config.stash:
        config.stash[_servers].close()


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """The superuser's address of the run's PostgreSQL (its database `postgres`)."""
    return wish(DATABASE)


@pytest.fixture(scope="session")
def kafka_bootstrap() -> str:
    """The address of the run's Kafka."""
    return wish(BROKER)


@pytest.fixture
def topic_prefix() -> str:
    """A short prefix for topics and groups that no other test uses."""
    return f"t{secrets.token_hex(4)}."


@pytest.fixture
def own_servers() -> Iterator[Pair]:
    """A started PostgreSQL and Kafka of this test's own, to be killed and restarted at will."""
    with private_pair() as pair:
        yield pair
