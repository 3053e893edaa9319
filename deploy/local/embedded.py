"""The two servers everything runs on, started here without anything installed beforehand."""

from deploy.local.failures import (
    DataInUse,
    DidNotStart,
    FolderClosed,
    JarAltered,
    LocalServerError,
    NoDiskSpace,
    NoUnprivilegedUser,
    PortInUse,
    RegistryUnreachable,
)
from deploy.local.folders import cache_folder
from deploy.local.jars import fetch_kafka_jars
from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from deploy.local.process import free_port

__all__ = [
    "DataInUse",
    "DidNotStart",
    "FolderClosed",
    "JarAltered",
    "Kafka",
    "LocalServerError",
    "NoDiskSpace",
    "NoUnprivilegedUser",
    "PortInUse",
    "Postgres",
    "RegistryUnreachable",
    "cache_folder",
    "fetch_kafka_jars",
    "free_port",
]
