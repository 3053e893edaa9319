"""`python -m deploy.local.keycloak fetch` brings Keycloak into the cache; `lock` locks the wanted version anew."""

from __future__ import annotations

import sys

from deploy.local.failures import LocalServerError
from deploy.local.folders import cache_folder
from deploy.local.keycloak.files import fetch_keycloak, write_lock


def main(words: list[str]) -> int:
    """Do what the one word says; returns the exit code."""
    try:
        if words == ["lock"]:
            write_lock(cache_folder())
        elif words == ["fetch"]:
            fetch_keycloak(cache_folder(), lambda line: print(line, flush=True))
        else:
            raise SystemExit("usage: python -m deploy.local.keycloak fetch|lock")
    except LocalServerError as failed:
        print(failed, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
