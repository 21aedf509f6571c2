"""Started as a script in front of the bot's command: ties the bot's life to the sandbox's, then becomes the bot.

On Linux the kernel kills the bot when the sandbox dies, however it dies (PR_SET_PDEATHSIG survives exec).
Elsewhere the supervisor's orderly end is all there is.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, argv = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit("the sandbox is gone already")
    os.execvp(argv[0], argv)  # noqa: S606 the command is the caller's own


if __name__ == "__main__":
    main()
