"""Images of the services, built by buildah: no Docker engine and, on a base of Debian's packages, no registry."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

from deploy.kubernetes import needs
from deploy.kubernetes.tools import home, run

ROOT = Path(__file__).parents[2]
CERTIFICATES = Path("/etc/ssl/certs")
PIP = Path("/etc/pip.conf")
BASES = {
    "localhost/carebus-base-run:bookworm": ("essential", "python3,tzdata,ca-certificates"),
    "localhost/carebus-base-build:bookworm": ("minbase", "python3,python3-venv,tzdata,ca-certificates"),
}
INPUTS = ("deploy/Dockerfile", "deploy/locks/service.txt", "services", "shared/carebus")
"""What an image is made of: it is as old as the last change of these."""
WITHOUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*")


def name_of(service: str) -> str:
    """The image of a service, as the chart calls it in the registry `localhost`."""
    return f"localhost/carebus-{service.replace('_', '-')}:dev"


def require_bases() -> None:
    """Make the two base images from Debian's packages, once. Raises LaneSkipped where it can't."""
    needs.require(needs.IMAGES, build=False)
    for image, (variant, packages) in BASES.items():
        if not exists(image):
            _make_base(image, variant, packages)


def exists(image: str) -> bool:
    """Whether this machine has the image. Raises LaneSkipped without buildah."""
    return image in run("buildah", "images", "--format", "{{.Name}}:{{.Tag}}").split()


def build(service: str, *, root: Path = ROOT, tag: str = "", cached: bool = True) -> str:
    """Build the image of a service from a checkout; gives its name. Raises LaneSkipped when the bases can't be made."""
    require_bases()
    image = tag or name_of(service)
    runtime, builder = BASES
    when = subprocess.run(
        ["git", "log", "-1", "--format=%ct", "--", *INPUTS], cwd=root, capture_output=True, text=True, check=True
    ).stdout.strip()
    mounts = [f"--volume={place}:{place}:ro" for place in (CERTIFICATES, PIP) if place.exists()]
    words = (
        *("buildah", "build", "--isolation=chroot", "--network=host", "--pull=never", "--layers", *mounts),
        *(() if cached else ("--no-cache",)),
        *(f"--timestamp={when}", f"--build-arg=BASE={runtime}", f"--build-arg=BUILDER={builder}"),
        *(f"--build-arg=SERVICE={service}", "-f", "deploy/Dockerfile", "-t", image, "."),
    )
    made = subprocess.run(["nice", "-n", "10", *words], cwd=root, capture_output=True, text=True, check=False)
    if made.returncode:
        raise BuildFailed(image, made.stdout[-2000:] + made.stderr[-2000:])
    return image


class BuildFailed(Exception):
    """An image could not be built."""

    def __init__(self, image: str, log: str) -> None:
        super().__init__(f"{image} could not be built:\n{log}")


def layers(image: str) -> list[str]:
    """The digests of the layers, the base's first."""
    found = json.loads(run("buildah", "inspect", "--type=image", image))
    return [str(digest) for digest in found["OCIv1"]["rootfs"]["diff_ids"]]


def settings(image: str) -> dict[str, object]:
    """What the image says about how it is run."""
    found: dict[str, object] = json.loads(run("buildah", "inspect", "--type=image", image))["OCIv1"]["config"]
    return found


def inside(image: str, *words: str) -> str:
    """What a program of the image answers, in a container of its own."""
    container = run("buildah", "from", "--pull=never", image).strip()
    try:
        return run("buildah", "run", "--isolation=chroot", container, "--", *words)
    finally:
        run("buildah", "rm", container)


def bill_of_materials(image: str, target: Path) -> None:
    """Write which libraries are in an image, as CycloneDX. Raises LaneSkipped without uv."""
    container = run("buildah", "from", "--pull=never", image).strip()
    try:
        mounted = run("buildah", "mount", container).strip()
        words = ("tool", "run", "--from", "cyclonedx-bom==7.5.0", "cyclonedx-py", "environment", "--of", "JSON")
        run(str(ROOT / ".venv/bin/uv"), *words, "-o", str(target), "--output-reproducible", f"{mounted}/venv")
    finally:
        run("buildah", "rm", container)


def _make_base(image: str, variant: str, packages: str) -> None:
    folder = home() / "images"
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / f"{image.rpartition('/')[2].partition(':')[0].removeprefix('carebus-')}.tar"
    if not archive.exists():
        draft = archive.with_suffix(".new.tar")
        options = [f"--dpkgopt=path-exclude={place}" for place in WITHOUT]
        words = (f"--variant={variant}", f"--include={packages}", *options, "bookworm", str(draft))
        run("mmdebstrap", *words, environment={"SOURCE_DATE_EPOCH": "1764201600"})
        draft.rename(archive)
    container = run("buildah", "from", "scratch").strip()
    run("buildah", "add", container, str(archive), "/")
    run("buildah", "commit", "--timestamp=0", container, image)
    run("buildah", "rm", container)


def build_all(services: Sequence[str]) -> list[str]:
    """The images of these services."""
    return [build(service) for service in services]
