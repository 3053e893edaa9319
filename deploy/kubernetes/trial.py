"""`make deploy-trial`: Carebus with a Kafka and a PostgreSQL beside it in the current cluster. Not for production."""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
import sys
from typing import Any

from deploy.kubernetes.render import DEPLOY
from deploy.kubernetes.tools import LaneSkipped
from deploy.kubernetes.topics import services

SPACE = "carebus-trial"
PARTITIONS = 6
VALUES = (DEPLOY / "chart" / "overlays" / "dev.yaml", DEPLOY / "trial" / "values.yaml")


def deploy(registry: str, tag: str) -> int:
    """Bring it all into the cluster of the current context; may be run again. Returns the exit code."""
    for name in ("kubectl", "helm"):
        if shutil.which(name) is None:
            raise LaneSkipped(f"{name} is not installed on this machine")
    context = _ask("kubectl", "config", "current-context").strip()
    print(f"into the namespace {SPACE} of {context}: for trying, not for production", flush=True)
    for document in (_namespace(), *secrets_missing()):
        _ask("kubectl", "apply", "-n", SPACE, "-f", "-", given=json.dumps(document))
    _ask("kubectl", "apply", "-n", SPACE, "-f", str(DEPLOY / "trial" / "servers.yaml"))
    for server in ("kafka", "postgres", "mail"):
        _ask("kubectl", "rollout", "status", "-n", SPACE, f"deployment/{server}", "--timeout=5m")
    _ask("kubectl", "delete", "job", "topics", "-n", SPACE, "--ignore-not-found")
    _ask("kubectl", "apply", "-n", SPACE, "-f", "-", given=json.dumps(topics_job(registry, tag)))
    _ask("kubectl", "wait", "-n", SPACE, "--for=condition=complete", "job/topics", "--timeout=3m")
    told = ("--set", f"image.registry={registry},image.tag={tag}")
    values = [word for file in VALUES for word in ("-f", str(file))]
    chart = ("carebus", str(DEPLOY / "chart"), "-n", SPACE, *values, *told)
    _ask("helm", "upgrade", "--install", *chart, "--wait", "--timeout", "10m")
    print(f"kubectl port-forward -n {SPACE} service/referral 8101:80   then http://127.0.0.1:8101")
    return 0


def secrets_missing() -> list[dict[str, Any]]:
    """The Secrets that are not there yet, with passwords that nobody has seen."""
    there = _ask("kubectl", "get", "secrets", "-n", SPACE, "-o", "name").split()
    return [one for one in trial_secrets() if f"secret/{one['metadata']['name']}" not in there]


def trial_secrets() -> list[dict[str, Any]]:
    """All Secrets that the trial needs."""
    databases = [f"carebus-{service.replace('_', '-')}-database" for service in services()]
    made = [_secret(name, {"password": secrets.token_urlsafe(24)}) for name in ("trial-postgres", *databases)]
    return [*made, _secret("carebus-notifications-settings", {"SMTP_URL": "smtp://mail:587"})]


def topics_job(registry: str, tag: str) -> dict[str, Any]:
    """What makes the topics, by the image of a service."""
    command = ["/venv/bin/python", "-m", "carebus", "topics", "create", "--partitions", str(PARTITIONS)]
    container = {
        "name": "topics",
        "image": f"{registry}/carebus-referral:{tag}",
        "command": command,
        "env": [{"name": "KAFKA_BOOTSTRAP_SERVERS", "value": "kafka:9092"}],
        "resources": {"requests": {"cpu": "20m", "memory": "96Mi"}, "limits": {"memory": "256Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    spec = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "securityContext": {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container],
    }
    job = {"backoffLimit": 6, "template": {"spec": spec}}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "topics"}, "spec": job}


def _namespace() -> dict[str, Any]:
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPACE, "labels": labels}}


def _secret(name: str, data: dict[str, str]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": data}


def _ask(*words: str, given: str | None = None) -> str:
    asked = subprocess.run(words, input=given, capture_output=True, text=True, check=False)
    if asked.returncode:
        sys.exit(f"{' '.join(words[:4])}: {asked.stderr.strip()}")
    return asked.stdout
