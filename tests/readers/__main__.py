"""Fetches once what the examples need beside this environment: npm packages, and the jar of Kafka's tools."""

from __future__ import annotations

import shutil
import subprocess
import sys

from deploy.local.failures import LocalServerError
from deploy.local.folders import cache_folder
from deploy.local.jars import KAFKA_VERSION, Jar, fetch_jar
from tests.readers.tools import EXAMPLES, FOLDER

TOOLS = Jar(
    "org.apache.kafka",
    "kafka-tools",
    KAFKA_VERSION,
    "62f3c5dd7aa3442d4c5bc6a95f86e2502178ea09de8e27f74d9563bf955e253c",
)
NPM = ("npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock")


def main() -> int:
    """Fetch what is missing; a word for what can't be."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copyfile(fetch_jar(TOOLS, cache_folder()), FOLDER / TOOLS.name)
    except LocalServerError as failed:
        print(failed, file=sys.stderr)
        return 1
    if shutil.which("npm") is None:
        print("skipped: npm is not installed here")
        return 0
    shutil.copy(EXAMPLES / "kafkajs" / "package.json", FOLDER)
    return subprocess.run(NPM, cwd=FOLDER, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
