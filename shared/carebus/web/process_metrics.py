"""What is found out when somebody looks at the metrics: how old each loop's progress is, when certificates end."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from cryptography import x509

from carebus.core import Core
from carebus.settings import Settings

_BEGINS = b"-----BEGIN CERTIFICATE-----"
_IN_ADDRESS = ("sslrootcert", "sslcert")
_LARGEST = 1 << 20


def put_process_metrics(core: Core, partitions: int) -> None:
    """Bring the metrics of the process itself up to date."""
    metrics = core.metrics
    for gauge in (metrics.loop_age, metrics.loop_within, metrics.loop_failures, metrics.expires):
        gauge.clear()
    for loop, (age, within) in core.beats.ages().items():
        metrics.put(metrics.loop_age, age, loop)
        metrics.put(metrics.loop_within, within, loop)
    for loop, failures in core.beats.failures.items():
        metrics.put(metrics.loop_failures, failures, loop)
    metrics.put(metrics.partitions, partitions)
    for name, ends in certificates(core.settings):
        metrics.put(metrics.expires, ends, name)


def certificates(settings: Settings) -> Iterator[tuple[str, float]]:
    """Each file of certificates that the settings or the database's address name, and when the first in it ends."""
    named = {name: value for name, value in settings if isinstance(value, Path)}
    asked = dict(parse_qsl(urlsplit(settings.database_url).query))
    named |= {f"database_{key}": Path(asked[key]) for key in _IN_ADDRESS if key in asked}
    for name, file in named.items():
        if (ends := _first_end(file)) is not None:
            yield name, ends


def _first_end(file: Path) -> float | None:
    """When the first certificate in a file ends; None if it holds none that can be read."""
    try:
        text = file.read_bytes() if file.stat().st_size < _LARGEST else b""
        found = x509.load_pem_x509_certificates(text) if _BEGINS in text else []
    except (OSError, ValueError):
        return None
    return min((one.not_valid_after_utc.timestamp() for one in found), default=None)
