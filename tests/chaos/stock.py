"""A bot as the library's manual shows it: its own receiving loop, a handler that writes a line and answers.

What the network forgets when the loop asks again lies in memory alone. The kill harness must see what that loses.
`WAIHU_STOCK_FILE` is its SQLite file; the rest is named as the bot's own settings.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters

SCHEMA = "CREATE TABLE IF NOT EXISTS entries (sender INTEGER NOT NULL, text TEXT NOT NULL)"


def entries(file: Path) -> list[tuple[int, str]]:
    """What it has written: sender and text."""
    if not file.exists():
        return []
    with closing(sqlite3.connect(file)) as conn:
        conn.execute(SCHEMA)
        return conn.execute("SELECT sender, text FROM entries ORDER BY rowid").fetchall()


def live() -> None:
    """Run it."""
    file = os.environ["WAIHU_STOCK_FILE"]
    with closing(sqlite3.connect(file)) as conn:
        conn.execute(SCHEMA)
        conn.commit()

    async def write(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        message = update.message
        assert message is not None
        assert message.text is not None
        with closing(sqlite3.connect(file)) as conn:
            conn.execute("INSERT INTO entries VALUES (?, ?)", (message.chat_id, message.text))
            conn.commit()
        await message.reply_text(f"✅ {message.text}")

    builder: Any = Application.builder().token(os.environ["TELEGRAM_BOT_TOKEN"])
    application = builder.base_url(os.environ["TELEGRAM_API_BASE_URL"] + "/bot").build()
    application.add_handler(MessageHandler(filters.TEXT, write))
    application.run_polling()


if __name__ == "__main__":
    live()
