"""Files of the toy network: what people and the bot upload, and small made-up ones for what people "take"."""

from __future__ import annotations

import base64
import mimetypes
import secrets
import struct
import zlib
from dataclasses import asdict
from pathlib import Path, PurePath

from sandbox.errors import ApiError, bad
from sandbox.model import File, Json, from_json

PHOTO_LIMIT = 10 * 1024 * 1024
UPLOAD_LIMIT = 50 * 1024 * 1024
DOWNLOAD_LIMIT = 20 * 1024 * 1024
_FOLDERS = {"photo": "photos", "document": "documents", "voice": "voice", "sticker": "stickers"}
_PREFIX = {"photo": "AgAC", "document": "BQAC", "voice": "AwAC", "sticker": "CAAC"}


class FileStore:
    """Bytes in memory, or as files below `folder` when the sandbox keeps its state."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._bytes: dict[str, bytes] = {}
        self._files: dict[str, File] = {}
        self._count = 0

    def add(self, kind: str, data: bytes, name: str, mime: str | None = None) -> File:
        """Keep a new file; `kind` is photo, document, voice or sticker."""
        key = secrets.token_hex(8)
        if self._folder is None:
            self._bytes[key] = data
        else:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / key).write_bytes(data)
        guessed = mime or mimetypes.guess_type(name)[0] or "application/octet-stream"
        return self._register(kind, key, name, guessed, len(data))

    def add_photo(self, data: bytes, name: str, shape: tuple[int, int]) -> list[File]:
        """Keep a photo under one file id for each size the server offers, smallest first."""
        mime = _image_mime(data)
        original = self.add("photo", data, f"{PurePath(name).stem or 'photo'}.{mime.partition('/')[2]}", mime)
        del self._files[original.file_id]
        files: list[File] = []
        for edge in [*(edge for edge in (90, 320, 800) if edge < max(shape)), max(shape)]:
            scale = edge / max(shape)
            width, height = (max(1, round(side * scale)) for side in shape)
            size = max(1, int(len(data) * scale * scale))
            files.append(self._register("photo", original.key, original.name, original.mime, size, width, height))
        return files

    def sizes(self, file: File) -> list[Json]:
        """The PhotoSize list a photo's file id belongs to, smallest first."""
        same = [other for other in self._files.values() if other.key == file.key and other.width]
        return [_photo_size(other) for other in sorted(same, key=lambda other: other.width)]

    def _register(self, kind: str, key: str, name: str, mime: str, size: int, width: int = 0, height: int = 0) -> File:
        self._count += 1
        token = base64.urlsafe_b64encode(secrets.token_bytes(36)).decode()
        suffix = Path(name).suffix or mimetypes.guess_extension(mime) or ""
        file = File(
            file_id=f"{_PREFIX[kind]}AgUAAxk{token}",
            unique_id=f"AQAD{base64.urlsafe_b64encode(secrets.token_bytes(9)).decode()}",
            key=key,
            name=name,
            mime=mime,
            size=size,
            path=f"{_FOLDERS[kind]}/file_{self._count}{suffix}",
            width=width,
            height=height,
        )
        self._files[file.file_id] = file
        return file

    def get(self, file_id: str) -> File | None:
        return self._files.get(file_id)

    def by_path(self, path: str) -> File | None:
        return next((file for file in self._files.values() if file.path == path), None)

    def read(self, file: File) -> bytes | None:
        """The bytes; None when the file was lost from the disk."""
        if self._folder is None:
            return self._bytes.get(file.key)
        place = self._folder / file.key
        return place.read_bytes() if place.is_file() else None

    def dump(self) -> Json:
        return {"count": self._count, "files": [asdict(file) for file in self._files.values()]}

    def load(self, data: Json) -> None:
        self._count = int(data.get("count", 0))
        self._files = {item["file_id"]: from_json(File, item) for item in data.get("files", [])}


def image_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG, JPEG, GIF or WebP picture; None for anything else."""
    try:
        return _image_size(data)
    except struct.error:
        return None


def _image_size(data: bytes) -> tuple[int, int] | None:
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return int(width), int(height)
    if data[:6] in (b"GIF87a", b"GIF89a") and len(data) >= 10:
        width, height = struct.unpack("<HH", data[6:10])
        return int(width), int(height)
    if data.startswith(b"\xff\xd8"):
        return _jpeg_size(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP" and len(data) >= 30:
        return _webp_size(data)
    return None


def _image_mime(data: bytes) -> str:
    for head, mime in ((b"\x89PNG", "image/png"), (b"GIF8", "image/gif"), (b"RIFF", "image/webp")):
        if data.startswith(head):
            return mime
    return "image/jpeg"


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    position = 2
    while position + 9 < len(data):
        if data[position] != 0xFF:
            return None
        marker = data[position + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[position + 5 : position + 9])
            return int(width), int(height)
        position += 2 + struct.unpack(">H", data[position + 2 : position + 4])[0]
    return None


def _webp_size(data: bytes) -> tuple[int, int] | None:
    if data[12:16] == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if data[12:16] == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    width, height = struct.unpack("<HH", data[26:30])
    return int(width) & 0x3FFF, int(height) & 0x3FFF


def checked_upload(data: bytes) -> None:
    """What every upload must be: something, and at most 50 MB."""
    if not data:
        raise bad("file must be non-empty")
    if len(data) > UPLOAD_LIMIT:
        raise ApiError(413, "Request Entity Too Large")


def photo_sizes(store: FileStore, data: bytes, name: str) -> list[Json]:
    """Keep an uploaded photo and make its PhotoSize list, smallest first, as the server does.

    Raises:
        ApiError: 400 for what is no picture, too big or of an impossible shape.
    """
    checked_upload(data)
    if len(data) > PHOTO_LIMIT:
        raise bad(f"file of size {len(data)} bytes is too big for a photo; the maximum size is {PHOTO_LIMIT} bytes")
    size = image_size(data)
    if size is None:
        raise bad("IMAGE_PROCESS_FAILED")
    width, height = size
    if width + height > 10_000 or min(size) < 1 or max(size) > 20 * min(size):
        raise bad("PHOTO_INVALID_DIMENSIONS")
    return [_photo_size(file) for file in store.add_photo(data, name, size)]


def _photo_size(file: File) -> Json:
    return {
        "file_id": file.file_id,
        "file_unique_id": file.unique_id,
        "file_size": file.size,
        "width": file.width,
        "height": file.height,
    }


def document_of(file: File) -> Json:
    """The Bot API's Document for a file."""
    return {
        "file_name": file.name,
        "mime_type": file.mime,
        "file_id": file.file_id,
        "file_unique_id": file.unique_id,
        "file_size": file.size,
    }


def made_photo() -> bytes:
    """A small picture a person "takes": a sloping two-coloured PNG."""
    width, height = 320, 240
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            rows += bytes((90 + x // 4, 130 + y // 3, 200 - x // 5))
    chunks = b""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    for kind, body in ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows))), (b"IEND", b"")):
        chunks += struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return b"\x89PNG\r\n\x1a\n" + chunks


MADE_VOICE = b"OggS\x00\x02" + bytes(22) + b"OpusHead\x01\x01" + bytes(9)
"""The head of an empty Ogg Opus recording: enough for a file that is never played."""
MADE_STICKER = b"RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"
"""A WebP picture of one transparent dot."""
