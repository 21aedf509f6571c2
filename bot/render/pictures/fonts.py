"""The fonts pictures are drawn with: the packaged Noto Sans SC, or the folder that WAIHU_FONTS_DIR names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import typst
from pylopdf_fonts_zh_cn import sans_path

from bot.render.pictures.cmap import covered

PACKAGED = "Noto Sans SC"  # the package holds a serif too: the screen wants the one without
SAMPLE = ord("中")


@dataclass(frozen=True, slots=True)
class Type:
    """What there is to draw with. `bold`: a bold face of the first family is among them."""

    faces: typst.Fonts
    families: tuple[str, ...]  # the one with Chinese characters first
    bold: bool
    points: frozenset[int]  # code points that some face can draw


class NoFonts(Exception):
    """The folder holds no font that can write Chinese."""


@lru_cache(maxsize=4)
def load(folder: Path | None = None) -> Type:
    """The type of a folder; the packaged font without one. Raises NoFonts."""
    places = [folder or Path(str(sans_path())).parent]
    faces = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[*places])
    infos = [info for info in faces.fonts() if info.path and (folder is not None or info.family == PACKAGED)]
    reach = {info.path: covered(Path(info.path)) for info in infos if info.path}
    chinese = [info for info in infos if info.path and SAMPLE in reach[info.path]]
    if not chinese:
        raise NoFonts(f"no font in {places[0]} can write Chinese")
    first = chinese[0].family
    families = tuple(dict.fromkeys([first, *(info.family for info in (*chinese, *infos))]))
    bold = any(info.family == first and info.weight >= 600 for info in infos)
    return Type(faces, families, bold, frozenset().union(*reach.values()))
