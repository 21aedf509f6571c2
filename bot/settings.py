"""Settings from the environment or .env, checked together: every problem is named at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.channels.wecom.crypto import AES_KEY
from core.rules.webhooks import address_of

ROOT = Path(__file__).resolve().parent.parent


def _leads_to(address: str, *schemes: str) -> bool:
    """Is this a web address with a host?"""
    try:
        parts = urlsplit(address)
        return parts.scheme in schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:  # a port or an IPv6 address that is none
        return False


class SettingsProblems(Exception):
    """Settings are missing or wrong: one line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class Settings(BaseSettings):
    """Everything the bot is told from outside. Names as in .env.example."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True)

    waihu_database_url: str = "sqlite+aiosqlite:///waihu.db"
    waihu_key_file: str = ""
    waihu_policy: str = ""
    waihu_timezone: str = "Asia/Shanghai"
    waihu_clock: str = "host"
    waihu_lang: Literal["zh", "en"] = "zh"
    waihu_fonts_dir: str = ""
    waihu_backup_dir: str = "backups"
    waihu_http_host: str = "127.0.0.1"
    waihu_http_port: int = Field(8480, ge=0, le=65535)
    waihu_metrics_open: bool = False
    waihu_lease_seconds: float = Field(15, ge=1, le=120)
    waihu_log: Literal["debug", "info", "warning", "error"] = "info"

    telegram_bot_token: str = ""
    telegram_api_base_url: str = "https://api.telegram.org"
    telegram_proxy: str = ""
    telegram_mode: Literal["polling", "webhook"] = "polling"
    telegram_webhook_url: str = ""
    telegram_webhook_secret: str = ""

    wecom_corp_id: str = ""
    wecom_agent_id: str = ""
    wecom_secret: str = ""
    wecom_token: str = ""
    wecom_aes_key: str = ""
    wecom_api_base_url: str = "https://qyapi.weixin.qq.com"
    wecom_bot_id: str = ""
    wecom_bot_secret: str = ""
    wecom_bot_url: str = ""
    wecom_group_webhook: str = ""

    def problems(self) -> list[str]:
        """What is wrong although each value has the right type, one line each."""
        found: list[str] = []
        try:
            url = make_url(self.waihu_database_url)
            backend = url.drivername
            if backend == "sqlite+aiosqlite" and url.database in {None, "", ":memory:"}:
                found.append(
                    "WAIHU_DATABASE_URL: names no file to keep the company in; write sqlite+aiosqlite:///waihu.db"
                )
            elif backend not in {"sqlite+aiosqlite", "postgresql+psycopg"}:
                found.append(
                    f"WAIHU_DATABASE_URL: {backend} is not supported; write sqlite+aiosqlite:///FILE "
                    "or postgresql+psycopg://USER:PASSWORD@HOST/NAME"
                )
        except (ArgumentError, ValueError):
            found.append("WAIHU_DATABASE_URL: not a database address; write sqlite+aiosqlite:///waihu.db")
        try:
            ZoneInfo(self.waihu_timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            found.append(f"WAIHU_TIMEZONE: {self.waihu_timezone!r} is not a time zone; write Asia/Shanghai")
        if self.waihu_clock not in {"", "host"} and not self.waihu_clock.startswith(("http://", "https://")):
            try:
                if datetime.fromisoformat(self.waihu_clock).tzinfo is None:
                    found.append("WAIHU_CLOCK: the moment needs its zone, such as 2026-11-20T17:20:00+08:00")
            except ValueError:
                found.append(
                    "WAIHU_CLOCK: write host, an http:// address, or a moment such as 2026-11-20T17:20:00+08:00"
                )
        if self.waihu_policy and not Path(self.waihu_policy).is_file():
            found.append(f"WAIHU_POLICY: there is no file {self.waihu_policy}")
        if self.waihu_fonts_dir and not Path(self.waihu_fonts_dir).is_dir():
            found.append(f"WAIHU_FONTS_DIR: there is no folder {self.waihu_fonts_dir}")
        if self.telegram_bot_token and ":" not in self.telegram_bot_token:
            found.append("TELEGRAM_BOT_TOKEN: not a token; BotFather gives one like 123456:ABC...")
        if not _leads_to(self.telegram_api_base_url, "http", "https"):
            found.append("TELEGRAM_API_BASE_URL: the server's root, such as https://api.telegram.org")
        if self.telegram_proxy and not _leads_to(self.telegram_proxy, "http", "https"):
            found.append(
                "TELEGRAM_PROXY: an HTTP proxy such as http://127.0.0.1:7890 (SOCKS is not spoken; what offers it "
                "mostly offers HTTP as well)"
            )
        if self.telegram_mode == "webhook" and self.telegram_bot_token:
            if not _leads_to(self.telegram_webhook_url, "http", "https"):
                found.append(
                    "TELEGRAM_WEBHOOK_URL: needed with TELEGRAM_MODE=webhook, such as https://bot.example.com/telegram/webhook"
                )
            if not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", self.telegram_webhook_secret):
                found.append("TELEGRAM_WEBHOOK_SECRET: needed with TELEGRAM_MODE=webhook, 16 to 256 of A-Z a-z 0-9 _ -")
        return [*found, *self._wecom_problems()]

    def _wecom_problems(self) -> Iterator[str]:
        """What is wrong with WeCom's three ways. No value is repeated: most of them are secrets."""
        bot = {"WECOM_BOT_ID": self.wecom_bot_id, "WECOM_BOT_SECRET": self.wecom_bot_secret}
        app = {
            "WECOM_CORP_ID": self.wecom_corp_id,
            "WECOM_AGENT_ID": self.wecom_agent_id,
            "WECOM_SECRET": self.wecom_secret,
        }
        callback = {"WECOM_TOKEN": self.wecom_token, "WECOM_AES_KEY": self.wecom_aes_key}
        if any(callback.values()):
            app |= callback
        for group in (bot, app):
            given = [name for name, value in group.items() if value]
            for name in group:
                if given and not group[name]:
                    yield f"{name}: needed together with {given[0]} (docs/setup-wecom.md)"
        if self.wecom_corp_id and not re.fullmatch(r"[A-Za-z0-9_-]{4,64}", self.wecom_corp_id):
            yield "WECOM_CORP_ID: the company's id (企业ID) from 我的企业 > 企业信息, such as ww1234567890abcdef"
        if self.wecom_agent_id and not re.fullmatch(r"[0-9]{1,12}", self.wecom_agent_id):
            yield "WECOM_AGENT_ID: the app's AgentId, digits only, such as 1000002"
        if self.wecom_token and not re.fullmatch(r"[A-Za-z0-9]{1,32}", self.wecom_token):
            yield "WECOM_TOKEN: 1 to 32 letters and digits, the same as in 接收消息 > API接收"
        if self.wecom_aes_key and not AES_KEY.fullmatch(self.wecom_aes_key):
            yield (
                f"WECOM_AES_KEY: the EncodingAESKey has 43 letters and digits, this has {len(self.wecom_aes_key)} "
                "characters"
            )
        if not _leads_to(self.wecom_api_base_url, "http", "https"):
            yield "WECOM_API_BASE_URL: the server's root, such as https://qyapi.weixin.qq.com"
        if self.wecom_bot_url and not _leads_to(self.wecom_bot_url, "ws", "wss"):
            yield "WECOM_BOT_URL: a wss:// address; leave it empty for WeCom's own"
        if self.wecom_group_webhook and address_of(self.wecom_group_webhook) is None:
            yield (
                "WECOM_GROUP_WEBHOOK: the whole address that the group's 消息推送 shows, "
                "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=..."
            )

    @property
    def zone(self) -> ZoneInfo:
        """The company's zone."""
        return ZoneInfo(self.waihu_timezone)

    @property
    def database_file(self) -> Path | None:
        """The SQLite file, if it is one."""
        url = make_url(self.waihu_database_url)
        return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None

    @property
    def key_file(self) -> Path:
        """Where the key lives: beside the database unless told otherwise."""
        if self.waihu_key_file:
            return Path(self.waihu_key_file)
        file = self.database_file
        return file.with_suffix(".key") if file else Path("waihu.key")

    @property
    def policy_file(self) -> Path:
        """The company's policy; the sample company's by default."""
        return Path(self.waihu_policy) if self.waihu_policy else ROOT / "policies" / "sample.toml"

    def missing_channel(self) -> list[str]:
        """One line when no chat network is configured that people can write to."""
        if self.telegram_bot_token or self.wecom_bot_id or self.wecom_token:
            return []
        return [
            (
                "TELEGRAM_BOT_TOKEN: no chat network is configured; ask @BotFather for a token and set it here, "
                "or set up WeCom: WECOM_BOT_ID and WECOM_BOT_SECRET (docs/setup-wecom.md)"
            )
        ]


def read_settings(*, channel: bool = False, **overrides: object) -> Settings:
    """The settings; with `channel` a chat network must be among them.

    Raises SettingsProblems naming every one that is missing or wrong: a value of the wrong type does not keep the
    others from being looked at.
    """
    lines: list[str] = []
    try:
        found = Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as problem:
        wrong = {str(error["loc"][0]).lower(): error["msg"] for error in problem.errors()}
        lines += [f"{name.upper()}: {message}" for name, message in wrong.items()]
        sound = {name: Settings.model_fields[name].default for name in wrong}
        found = Settings(**overrides | sound)  # type: ignore[arg-type]
    except UnicodeDecodeError as problem:
        raise SettingsProblems([".env: not text in UTF-8; save it once more as UTF-8"]) from problem
    except OSError as problem:
        raise SettingsProblems([f".env: {problem.strerror}; may this user read it?"]) from problem
    lines += found.problems()
    if channel:
        lines += found.missing_channel()
    if lines:
        raise SettingsProblems(lines)
    return found
