"""`python -m sandbox`: a toy Telegram with a page in the browser."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path

from sandbox.server import Sandbox

ANEW = 75
"""Exit code: the page asked to begin anew; the last line on stdout says in which language."""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=9480, help="0 picks a free one")
    parser.add_argument("--state", type=Path, help="state file; without it everything is forgotten at the end")
    parser.add_argument("--people", type=Path, help="people.json: bot, users and groups")
    parser.add_argument("--clock", help="where the company's time starts, ISO with zone")
    parser.add_argument("--supervise", metavar="JSON", help="the bot's command as a JSON list")
    parser.add_argument("--env-file", type=Path, metavar="JSON", help="environment of the bot as a JSON object")
    parser.add_argument("--cwd", type=Path, help="working directory of the bot")
    parser.add_argument("--scenes", type=Path, metavar="JSON", help="plays offered on the page")
    parser.add_argument("--inside", type=Path, metavar="JSON", help="where the bot writes how it may be looked into")
    parser.add_argument("--resettable", action="store_true", help=f"the page may begin anew: ends with {ANEW}")
    parser.add_argument("--flood", action="store_true", help="answer 429 at the published limits")
    parser.add_argument("--no-privacy", action="store_true", help="the bot hears everything in groups")
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> int:
    """Until a signal or, where that is offered, until the page wants to begin anew; the exit code."""
    ended = asyncio.Event()
    anew: list[str] = []

    def begin_anew(lang: str) -> None:
        anew.append(lang)
        ended.set()

    sandbox = Sandbox(
        arguments.people,
        clock=arguments.clock,
        port=arguments.port,
        state=arguments.state,
        supervise=json.loads(arguments.supervise) if arguments.supervise else None,
        env=json.loads(arguments.env_file.read_text("utf-8")) if arguments.env_file else None,
        cwd=arguments.cwd,
        flood=arguments.flood,
        privacy=not arguments.no_privacy,
        scenes=json.loads(arguments.scenes.read_text("utf-8")) if arguments.scenes else (),
        inside=arguments.inside,
        on_reset=begin_anew if arguments.resettable else None,
    )
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, ended.set)
    try:
        await sandbox.start()
        sys.stdout.write(f"listening on {sandbox.url}\n")
        sys.stdout.flush()
        await ended.wait()
    finally:
        await sandbox.stop()
    if anew:
        sys.stdout.write(f"anew in {anew[-1]}\n")
        return ANEW
    return 0


def main() -> None:
    try:
        sys.exit(asyncio.run(_serve(_arguments())))
    except (OSError, ValueError) as error:
        sys.exit(f"sandbox: {error}")


if __name__ == "__main__":
    main()
