"""How hard a text is to read: the Flesch-Kincaid grade level (Kincaid et al. 1975, Research Branch Report 8-75)."""

from __future__ import annotations

import re

_VOWELS = re.compile(r"[aeiouy]+")


def grade(text: str) -> float:
    """0.39 words per sentence + 11.8 syllables per word - 15.59; numbers are left out, a line break ends a sentence."""
    sentences = [s for s in re.split(r"[.!?:]\s|\n", text + "\n") if re.search(r"[A-Za-z]", s)]
    words = re.findall(r"[A-Za-zÀ-ÿ']+", text)
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def syllables(word: str) -> int:
    """Groups of vowels, less a silent e at the end; at least one."""
    plain = word.lower().strip("'")
    groups = len(_VOWELS.findall(plain))
    silent = (plain.endswith("e") and not plain.endswith(("le", "ee", "ie"))) or re.search(
        r"[^td]ed$", plain
    ) is not None
    return max(1, groups - int(bool(silent and groups > 1)))
