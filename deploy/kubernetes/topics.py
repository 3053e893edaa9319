"""Topics and the brokers' users, made from the contracts and what services hear: for Strimzi, and as plain commands."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from carebus.contracts import PACKAGES, SUBJECTS, told_by
from carebus.kafka.topics import SETTINGS
from carebus.operating.services import service_called

FOLDER = Path(__file__).parents[1] / "topics"
SERVICES = Path(__file__).parents[2] / "services"
NOTE = "# Made from the contracts by `python -m deploy.kubernetes topics`: change it there.\n"
OPERATOR = "operator"
OPERATES = ("Create", "Describe", "DescribeConfigs", "AlterConfigs", "Read", "Write")
NOWHERE = {
    "DATABASE_URL": "postgresql://nobody@nowhere.invalid/none",
    "KAFKA_BOOTSTRAP_SERVERS": "nowhere.invalid:9092",
    "SMTP_URL": "smtp://nowhere.invalid",
    "CAREBUS_MAIL_FROM": "nobody@nowhere.invalid",
}
"""What every service must be told before it can be put together."""


def services() -> list[str]:
    """The packages of all services."""
    return sorted(folder.name for folder in SERVICES.iterdir() if (folder / "handlers.py").exists())


@cache
def heard(service: str) -> list[str]:
    """The topics that a service subscribes to: it is put together for that, and connects to nothing."""
    return sorted(service_called(service, **NOWHERE).hearing.topics)


def told(service: str) -> list[str]:
    """The topics that a service publishes on."""
    return sorted({kind.SUBJECT.topic for kind in told_by(service)})


def access() -> dict[str, Any]:
    """What there is to be, and who may do what; names without the installation's prefix."""
    users = {service: _rights(service) for service in services()}
    users[OPERATOR] = [_right("topic", subject.topic, *OPERATES) for subject in SUBJECTS]
    return {"topics": {subject.topic: dict(SETTINGS) for subject in SUBJECTS}, "users": users}


def documents() -> dict[str, str]:
    """The generated files by their names in the folder."""
    found = access()
    note = NOTE + "# It covers the contracts of: " + ", ".join(package.name for package in PACKAGES) + ".\n"
    return {
        "files/access.yaml": note + yaml.safe_dump(found, sort_keys=False, width=120),
        "kafka.sh": _script(found),
    }


def stale(folder: Path = FOLDER) -> list[str]:
    """The names of the generated files that are missing, or not what they should be."""
    return [name for name, text in documents().items() if not _is(folder / name, text)]


def write(folder: Path = FOLDER) -> list[str]:
    """Write those files; gives the names of the changed ones."""
    changed = stale(folder)
    for name, text in documents().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / "kafka.sh").chmod(0o755)
    return changed


def _is(file: Path, text: str) -> bool:
    return file.exists() and file.read_text() == text


def _rights(service: str) -> list[dict[str, Any]]:
    """A relay also reads what it told last, to see whether the log still has it."""
    tells, hears = told(service), heard(service)
    rights = [_right("topic", topic, "Describe", "Read", "Write") for topic in tells]
    rights += [_right("topic", topic, "Describe", "Read") for topic in hears if topic not in tells]
    if hears:
        rights.append(_right("group", service, "Describe", "Read"))
    if not tells:  # its relay stands by with an idempotent producer, which needs a right to anything at all
        rights.append(_right("cluster", "", "IdempotentWrite"))
    return rights


def _right(kind: str, name: str, *operations: str) -> dict[str, Any]:
    return {"resource": kind, "name": name, "operations": list(operations)}


SCRIPT = """#!/bin/sh
{note}#
# Topics, and with USERS=yes the rights of users that exist, by Kafka's own commands:
#   BOOTSTRAP=kafka:9092 PARTITIONS=12 REPLICAS=3 deploy/topics/kafka.sh --command-config admin.properties
# PREFIX is put before all names, TOPICS and ACLS name the commands where they are called otherwise. May be run twice.
set -eu
: "${{BOOTSTRAP:?host:port of the brokers}}"
topic() {{
    name=$1
    shift
    ${{TOPICS:-kafka-topics.sh}} --bootstrap-server "$BOOTSTRAP" "$@" --create --if-not-exists \\
        --topic "${{PREFIX:-}}$name" --partitions "${{PARTITIONS:-12}}" --replication-factor "${{REPLICAS:-3}}" \\
        --config "min.insync.replicas=${{IN_SYNC:-2}}" \\
{settings}
}}
allow() {{
    user=$1 what=$2
    shift 2
    # shellcheck disable=SC2086 # `what` is several words
    ${{ACLS:-kafka-acls.sh}} --bootstrap-server "$BOOTSTRAP" "$@" --add --allow-principal "User:carebus-$user" $what
}}
{topics}
[ "${{USERS:-no}}" = yes ] || exit 0
{rights}
"""


def _script(found: dict[str, Any]) -> str:
    settings = " \\\n".join(f"        --config {name}={setting}" for name, setting in SETTINGS.items())
    topics = "\n".join(f'topic {name} "$@"' for name in found["topics"])
    rights = "\n".join(
        f'allow {user.replace("_", "-")} "{_words(right)}" "$@"'
        for user, allowed in found["users"].items()
        for right in allowed
    )
    return SCRIPT.format(note=NOTE, settings=settings, topics=topics, rights=rights)


def _words(right: dict[str, Any]) -> str:
    operations = " ".join(f"--operation {each}" for each in right["operations"])
    if right["resource"] == "cluster":
        return f"{operations} --cluster"
    return f"{operations} --{right['resource']} ${{PREFIX:-}}{right['name']}"
