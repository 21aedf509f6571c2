"""Drawing: a template and its data become a PNG or a PDF, in a thread of its own, outside every transaction.

One thread: a storm of boards leaves the other core to the conversation. The typesetter releases the interpreter lock.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog
import typst

from bot.channels.port import File, Outgoing
from bot.render.pictures import fonts
from bot.render.pictures.cache import Shelf
from bot.render.pictures.letters import cleaned

log = structlog.get_logger("pictures")

HERE = Path(__file__).resolve().parent
MOST = 300_000  # bytes of a picture: it loads at once on a phone
SHARPNESS = (144, 120, 96, 72)  # pixels an inch, sharpest first; a page is 540 points wide
KEPT = 16 * 1024 * 1024

Drawing = Mapping[str, Any]


class CannotDraw(Exception):
    """The picture could not be made; whoever wanted it says the same in words."""


class Press:
    """Templates, fonts and the pictures drawn lately."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.shelf = Shelf(KEPT)
        self._compilers: dict[str, typst.Compiler] = {}
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pictures")

    async def picture(self, drawing: Drawing) -> bytes:
        """The PNG of a drawing, at most MOST bytes. Raises CannotDraw."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.png, drawing)

    def png(self, drawing: Drawing) -> bytes:
        """The same, here and now."""
        key = hashlib.sha256(json.dumps(drawing, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
        if (found := self.shelf.get(key)) is not None:
            return found
        made = b""
        for sharpness in SHARPNESS:
            made = self.typeset(drawing, "png", ppi=sharpness)[0]
            if len(made) <= MOST:
                break
        self.shelf.put(key, made)
        return made

    def typeset(self, drawing: Drawing, form: str, *, ppi: float = 144) -> list[bytes]:
        """A drawing's pages as `png`, or one document as `pdf` or `svg`. Raises CannotDraw."""
        try:
            type_ = fonts.load(self.folder)
            name = str(drawing["template"])
            data = cleaned(drawing["data"], type_.points) | {"fonts": type_.families, "bold": type_.bold}
            compiler = self._compilers.get(name)
            if compiler is None:
                place = HERE / f"{name}.typ"
                if not name.isalpha() or not place.is_file():
                    raise CannotDraw(f"no template {name!r}")
                compiler = typst.Compiler(place, root=HERE, font_paths=type_.faces, ignore_system_fonts=True)
                self._compilers[name] = compiler
            inputs = {"data": json.dumps(data, ensure_ascii=False)}
            made = compiler.compile(format=form, ppi=ppi, sys_inputs=inputs)  # type: ignore[arg-type]
        except (typst.TypstError, fonts.NoFonts, KeyError, TypeError, ValueError, OSError) as problem:
            raise CannotDraw(f"{type(problem).__name__}") from problem
        except BaseException as problem:
            if type(problem).__name__ != "PanicException":  # how a fault inside the typesetter shows: no Exception
                raise
            self._compilers.clear()
            raise CannotDraw("the typesetter panicked") from problem
        pages = made if isinstance(made, list) else [made]
        return [page for page in pages if page]


_press = Press()


def use(folder: str | Path | None) -> None:
    """Draw with the fonts of this folder from now on; None: with the packaged ones."""
    global _press  # noqa: PLW0603  one set of fonts a process, chosen where the settings are read
    _press = Press(Path(folder) if folder else None)


def press() -> Press:
    """What pictures are drawn with in this process."""
    return _press


async def draw(drawing: Drawing) -> bytes:
    """The PNG of a drawing. Never call it inside a transaction: it takes some 50 ms. Raises CannotDraw."""
    return await _press.picture(drawing)


async def drawn(out: Outgoing, caption: int) -> Outgoing:
    """`out` with its picture drawn, ready for the network; the words alone when it cannot be drawn.

    `caption`: how many UTF-16 units the network takes under a picture. Of more words whole lines are kept: the picture
    shows the rest.
    """
    file = out.file
    if file is None or file.drawing is None:
        return out
    began = time.perf_counter()
    try:
        content = await draw(file.drawing)
    except Exception as problem:  # noqa: BLE001  whatever is wrong with a picture, the words must go out
        log.error("a picture could not be drawn", template=file.drawing.get("template"), error=type(problem).__name__)
        return replace(out, file=None, text=file.otherwise or out.text)
    log.debug("drawn", template=file.drawing.get("template"), ms=int((time.perf_counter() - began) * 1000))
    picture = File(file.name, content, picture=file.picture, hidden=file.hidden)
    return replace(out, file=picture, text=whole_lines(out.text, caption))


def whole_lines(text: str, units: int) -> str:
    """As many whole lines as fit into so many UTF-16 units; a first line that is too long alone stays for the adapter."""
    if _units(text) <= units:
        return text
    kept = ""
    for line in text.split("\n"):
        longer = f"{kept}\n{line}" if kept else line
        if kept and _units(longer) + 2 > units:
            return f"{kept}\n…"
        kept = longer
    return kept


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
