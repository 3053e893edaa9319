"""What can go wrong when a local server starts, each with its way out."""

import errno
from pathlib import Path


class LocalServerError(Exception):
    """A local server could not be started."""

    def __str__(self) -> str:
        return (type(self).__doc__ or "").format(*self.args)


class PortInUse(LocalServerError):
    """{0} cannot listen on 127.0.0.1:{1}: another program does. Stop that program or choose another port."""


class NoDiskSpace(LocalServerError):
    """The disk that holds {0} is full ({1} MB free, {2} MB needed). Free some space and start again."""


class DataInUse(LocalServerError):
    """{0} is in use by another run (process {1}). Stop that run first, or give this one a data folder of its own."""


class RegistryUnreachable(LocalServerError):
    """Cannot fetch {0} from the Java package registry. Check the network or name a mirror in ~/.config/jgo.conf under
    [repositories], then start again: what was fetched so far is kept."""


class JarAltered(LocalServerError):
    """{0} is not the file this release was tested with (its SHA-256 differs). It was deleted; start again, and if it
    comes back look at the mirror it is fetched from."""


class FolderClosed(LocalServerError):
    """PostgreSQL does not run as root, and the user {0} may not enter {1}. Make {2} writable, move the checkout to a
    folder everyone may enter, or run as an ordinary user."""


class NoUnprivilegedUser(LocalServerError):
    """PostgreSQL does not run as root, and this machine has no user 'nobody'. Run as an ordinary user."""


class DidNotStart(LocalServerError):
    """{0} did not start ({1}). Its log, {2}, ends with:
    {3}"""


def require_space(folder: Path, free_bytes: int, needed_bytes: int) -> None:
    """Raise `NoDiskSpace` when fewer than `needed_bytes` are left for `folder`."""
    if free_bytes < needed_bytes:
        raise NoDiskSpace(folder, free_bytes >> 20, needed_bytes >> 20)


def is_disk_full(error: OSError) -> bool:
    """Whether `error` says that the disk, or the user's share of it, is full."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)
