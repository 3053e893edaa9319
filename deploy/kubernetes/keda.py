"""KEDA of this machine's own: its operator and its metrics adapter, as plain processes beside the control plane."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path
from typing import Any

from deploy.kubernetes.certificates import Issued
from deploy.kubernetes.plane import Plane
from deploy.kubernetes.tools import program, source_of
from deploy.local.process import LOOPBACK, free_port

KEDA = "github.com/kedacore/keda/v2@v2.21.0"
SPACE, SERVICE = "keda", "keda-metrics"
VERSION, GROUP = "v1beta1", "external.metrics.k8s.io"


def start_keda(plane: Plane) -> None:
    """Start both; returns when the API server asks KEDA for external metrics."""
    plane.kubectl("apply", "--server-side", "-f", str(source_of(KEDA) / "config/crd/bases"))
    plane.kubectl("create", "namespace", SPACE)
    issued = plane.authority.issue("keda", "localhost", LOOPBACK, plane.advertised, f"{SERVICE}.{SPACE}.svc")
    certificates = _folder(plane, issued)
    asked, metrics = free_port(), free_port()
    plane.run("keda-operator", *_ours(plane), *_operator(certificates, asked))
    plane.run("keda-adapter", *_ours(plane), *_adapter(plane, certificates, asked, metrics))
    made = _registered(plane, metrics)
    plane.kubectl("apply", "-f", "-", given="\n---\n".join(json.dumps(each) for each in made))
    plane.wait(lambda: plane.answers("get", "--raw", f"/apis/{GROUP}/{VERSION}"), "KEDA gives metrics")


def _folder(plane: Plane, issued: Issued) -> Path:
    """Certificates by the names that KEDA wants."""
    folder = plane.folder / "keda"
    folder.mkdir()
    for name, file in {
        "ca.crt": plane.authority.certificate,
        "tls.crt": issued.certificate,
        "tls.key": issued.key,
    }.items():
        shutil.copy(file, folder / name)
    return folder


def _ours(plane: Plane) -> list[str]:
    """What both are told by their environment."""
    told = {
        "KUBECONFIG": plane.kubeconfig,
        "KEDA_CLUSTER_OBJECT_NAMESPACE": SPACE,
        "POD_NAME": "keda-operator-0",
        "POD_NAMESPACE": SPACE,
        "WATCH_NAMESPACE": "",
    }
    return ["/usr/bin/env", *(f"{name}={value}" for name, value in told.items())]


def _operator(certificates: Path, asked: int) -> list[object]:
    off = ("cert-rotation", "webhook-patching", "apiservice-patching")
    return [
        program("keda-operator"),
        *(f"--enable-{name}=false" for name in off),
        *(f"--cert-dir={certificates}", f"--metrics-service-bind-address={LOOPBACK}:{asked}"),
        *(f"--metrics-bind-address={LOOPBACK}:{free_port()}", f"--health-probe-bind-address={LOOPBACK}:{free_port()}"),
    ]


def _adapter(plane: Plane, certificates: Path, asked: int, metrics: int) -> list[object]:
    return [
        program("keda-adapter"),
        *(f"--port={free_port()}", f"--secure-port={metrics}", f"--bind-address={plane.advertised}"),
        *(f"--metrics-service-address={LOOPBACK}:{asked}", "--metrics-service-grpc-authority=localhost"),
        *(f"--cert-dir={certificates}", f"--client-ca-file={certificates}/ca.crt"),
        *(f"--tls-cert-file={certificates}/tls.crt", f"--tls-private-key-file={certificates}/tls.key"),
        *(f"--{of}-kubeconfig={plane.kubeconfig}" for of in ("lister", "authentication", "authorization")),
    ]


def _registered(plane: Plane, metrics: int) -> list[dict[str, Any]]:
    """Where the API server finds external metrics: outside the cluster, by a Service without pods."""
    named = {"name": SERVICE, "namespace": SPACE}
    authority = base64.b64encode(plane.authority.certificate.read_bytes()).decode()
    return [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": named,
            "spec": {"ports": [{"port": 443, "targetPort": metrics}]},
        },
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {**named, "labels": {"kubernetes.io/service-name": SERVICE}},
            "addressType": "IPv4",
            "endpoints": [{"addresses": [plane.advertised]}],
            "ports": [{"port": metrics}],
        },
        {
            "apiVersion": "apiregistration.k8s.io/v1",
            "kind": "APIService",
            "metadata": {"name": f"{VERSION}.{GROUP}"},
            "spec": {
                "group": GROUP,
                "version": VERSION,
                "groupPriorityMinimum": 100,
                "versionPriority": 100,
                "service": {"name": SERVICE, "namespace": SPACE, "port": 443},
                "caBundle": authority,
            },
        },
    ]
