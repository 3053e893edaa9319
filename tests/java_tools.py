"""Validators written in Java, fetched once from Maven Central into the machine's cache; without Java there are none."""

from __future__ import annotations

import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from deploy.local.failures import LocalServerError
from deploy.local.folders import cache_folder
from deploy.local.jars import Jar, fetch_jar

PARALLEL = 4
LONGEST_S = 300


def lines_of(folder: Path, files: list[Path], what: str) -> list[str]:
    """What `Validate.java` in this folder has against these files, one line each, with the jars of `jars.txt` there.

    Skips the test, with a sentence, where there is no Java or no Maven Central.
    """
    java = shutil.which("java")
    if java is None or shutil.which("javac") is None:
        pytest.skip(f"{what} needs a Java with a compiler (such as openjdk-17-jdk): nothing was validated")
    classpath = os.pathsep.join(map(str, _jars(folder, what)))
    asked = [java, "-cp", classpath, str(folder / "Validate.java"), *map(str, files)]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=LONGEST_S, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return [line for line in done.stdout.splitlines() if line.strip()]


def _jars(folder: Path, what: str) -> list[Path]:
    lines = (folder / "jars.txt").read_text().splitlines()
    wanted = [Jar.parse(line) for line in lines if line and not line.startswith("#")]
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    try:
        with ThreadPoolExecutor(PARALLEL) as pool:
            return [*pool.map(lambda jar: fetch_jar(jar, cache), wanted)]
    except (LocalServerError, requests.RequestException) as why:
        pytest.skip(f"{what} can't be had from Maven Central: nothing was validated ({type(why).__name__})")
