"""`make run`: starts everything on this machine, plays the simulated clinic, stops on Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys

from deploy.local.display import display
from deploy.local.failures import LocalServerError, NoDiskSpace, is_disk_full
from deploy.local.folders import OWN_ONLY
from deploy.local.options import ROOT, Options
from deploy.local.preflight import check, sole_run
from deploy.local.process import SPACE_NEEDED_BYTES
from deploy.local.programs import address
from deploy.local.run import Run, sentence

INTERRUPTED = 130
WISHES = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Wishes:
    """The wish to end: the first stops everything in order, the second at once."""

    def __init__(self, run: Run, playing: asyncio.Task[int]) -> None:
        """Listen to Ctrl-C, SIGTERM and the end of the terminal."""
        self.heard = False
        self._run, self._playing = run, playing
        for wish in WISHES:
            asyncio.get_running_loop().add_signal_handler(wish, self._hear)

    def _hear(self) -> None:
        if self.heard or self._playing.done():
            self._kill()
        self.heard = True
        self._run.display.say("\nStopping. Ctrl-C once more ends everything at once.")
        self._playing.cancel()

    def _kill(self) -> None:
        self._run.supervisor.kill()
        os._exit(INTERRUPTED)


async def play(options: Options) -> int:
    """Run with these options and stop everything afterwards; returns the exit code."""
    run = Run(options, display())
    playing = asyncio.create_task(run.play())
    wishes = Wishes(run, playing)
    try:
        return await playing
    except asyncio.CancelledError:
        return INTERRUPTED if options.until_done or not wishes.heard else 0
    finally:
        await run.end()
        run.display.say("Everything has stopped.")


def main() -> int:
    """Run as the environment says; whatever stands in the way is one sentence and the exit code 1."""
    data = ROOT
    os.umask(OWN_ONLY)
    try:
        options = Options.read()
        data = options.data
        with sole_run(options.data, address(options.ports["portal"])):
            check(options)
            return asyncio.run(play(options))
    except LocalServerError as failed:
        print(sentence(failed), file=sys.stderr)
    except OSError as failed:
        if not is_disk_full(failed):
            raise
        free = shutil.disk_usage(data.parent).free
        print(sentence(NoDiskSpace(data, free >> 20, SPACE_NEEDED_BYTES >> 20)), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
