"""The fonts that documents are drawn with: those in typst itself, and those that packages of ours bring.

Nothing of the machine's own is used, so that a document looks the same everywhere.
"""

from functools import cache
from importlib.resources import files

import typst

PACKAGES = ("pylopdf_fonts_ar", "pylopdf_fonts_he", "pylopdf_fonts_hi", "noto_cjk_sans_jp_regular")
"""Noto Sans for Arabic, Hebrew, Devanagari, and for Chinese, Japanese and Korean (SIL Open Font License 1.1)."""
FAMILIES = (
    "Libertinus Serif",  # in typst itself: Latin with all accents, Greek, Cyrillic
    "Noto Sans Arabic",
    "Noto Sans Hebrew",
    "Noto Sans Devanagari",
    "Noto Sans CJK JP",
    "DejaVu Sans Mono",  # in typst itself: signs that the others lack
)
"""In this order a font is looked for that draws a character."""


@cache
def fonts() -> typst.Fonts:
    """All of them, opened once."""
    folders = [str(files(package)) for package in PACKAGES]
    return typst.Fonts(include_system_fonts=False, font_paths=folders)
