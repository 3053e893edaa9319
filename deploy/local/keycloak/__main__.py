"""`python -m deploy.local.keycloak fetch` brings Keycloak into the cache; `lock` locks the wanted version anew."""

from __future__ import annotations

import sys

from deploy.local.jars import fetch_or_lock
from deploy.local.keycloak.files import fetch_keycloak, write_lock

if __name__ == "__main__":
    sys.exit(fetch_or_lock(sys.argv[1:], "deploy.local.keycloak", fetch_keycloak, write_lock))
