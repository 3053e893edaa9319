"""Folders that an unprivileged server may enter although we run as root, and the cache of this machine."""

import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from deploy.local.failures import FolderClosed, NoUnprivilegedUser

SYSTEM_DATA = Path("/var/lib/carebus")
SYSTEM_CACHE = Path("/var/cache/carebus")
PASSABLE = 0o711
OWN_ONLY = 0o077
"""The umask of a run: data, logs and secrets are for whoever started it. `_make_for` opens what others run."""


def cache_folder() -> Path:
    """Where downloads are kept between checkouts: `CAREBUS_CACHE`, else `~/.cache/carebus`."""
    return Path(os.environ.get("CAREBUS_CACHE") or "~/.cache/carebus").expanduser().absolute()


@dataclass(frozen=True)
class Owner:
    """The user a server runs as when we are root."""

    name: str
    uid: int
    gid: int

    def may_enter(self, folder: Path) -> bool:
        """Whether this user reaches `folder`, which need not exist yet, through all folders above it."""
        return all(self._may_search(parent.stat()) for parent in (folder, *folder.parents) if parent.exists())

    def _may_search(self, status: os.stat_result) -> bool:
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        return bool(status.st_mode & (stat.S_IXGRP if status.st_gid == self.gid else stat.S_IXOTH))


def unprivileged() -> Owner | None:
    """The user for servers that refuse to run as root; None when we are not root and run them as ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise NoUnprivilegedUser from None
    return Owner(entry.pw_name, entry.pw_uid, entry.pw_gid)


def place_data(data: Path, owner: Owner | None) -> Path:
    """Make the folder `data` and return where it really is.

    When `owner` may not enter the folders above, `data` becomes a link to a folder of the system; a link that is gone
    (somebody forgot the data) means that the folder behind it is forgotten too.
    """
    data = data.absolute()
    if owner is None or data.is_symlink() or owner.may_enter(data.parent):
        make_passable(data.parent, owner)
        data.mkdir(exist_ok=True)
    else:
        _link_elsewhere(data, owner)
    home = data.resolve()
    if owner is not None:
        home.chmod(PASSABLE)
    return home


def make_passable(folder: Path, owner: Owner | None) -> None:
    """Make a folder that `owner` may pass through, whatever the umask; what lies in it nobody else may list."""
    for each in reversed([one for one in (folder, *folder.parents) if not one.exists()]):
        each.mkdir(exist_ok=True)
        each.chmod(PASSABLE if owner else stat.S_IRWXU)


def _link_elsewhere(data: Path, owner: Owner) -> None:
    elsewhere = SYSTEM_DATA / sha256(bytes(data)).hexdigest()[:16]
    shutil.rmtree(elsewhere, ignore_errors=True)
    _make_for(elsewhere, owner, data)
    data.parent.mkdir(parents=True, exist_ok=True)
    data.symlink_to(elsewhere, target_is_directory=True)


def place_programs(source: Path, names: list[str], version: str, owner: Owner | None) -> Path:
    """Where `owner` can run the folders `names` of `source`: there, or in a copy made once in a cache."""
    if owner is None or owner.may_enter(source):
        return source
    cache = cache_folder()
    target = (cache if owner.may_enter(cache) else SYSTEM_CACHE) / version
    if not target.exists():
        _copy(source, names, target, owner)
    return target


def _copy(source: Path, names: list[str], target: Path, owner: Owner) -> None:
    draft = target.with_name(f"{target.name}.{os.getpid()}")
    _make_for(draft, owner, source)
    for name in names:
        shutil.copytree(source / name, draft / name, symlinks=True, ignore=shutil.ignore_patterns("include"))
    try:
        draft.rename(target)
    except OSError:  # somebody else was faster
        shutil.rmtree(draft)


def _make_for(folder: Path, owner: Owner, instead_of: Path) -> None:
    try:
        make_passable(folder.parent, owner)
        folder.mkdir()
        folder.chmod(0o755)
    except OSError as refused:
        raise FolderClosed(owner.name, instead_of, folder.parent) from refused
    if not owner.may_enter(folder):
        raise FolderClosed(owner.name, instead_of, folder.parent)
