"""Another program with the same bot: PyPI wecom-aibot-sdk, which nobody here wrote, as a process of its own.

`python rival.py ADDRESS BOT_ID SECRET` writes a line of JSON for what happens to it: {"what": "authenticated"},
{"what": "message", "text": …}, {"what": "disconnected"}.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from wecom_aibot_sdk import WSClient


def tell(what: str, **more: Any) -> None:
    """One line for whoever started us."""
    sys.stdout.write(json.dumps({"what": what, **more}) + "\n")
    sys.stdout.flush()


async def live(url: str, bot_id: str, secret: str) -> None:
    """Connected, until somebody ends us."""
    client = WSClient(bot_id, secret, ws_url=url)
    client.on("authenticated", lambda *_: tell("authenticated"))
    client.on("message", lambda frame: tell("message", text=frame["body"]["text"]["content"]))
    client.on("event.disconnected_event", lambda *_: tell("disconnected"))
    await client.connect()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(live(*sys.argv[1:]))
