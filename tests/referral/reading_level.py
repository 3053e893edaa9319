"""How many years of school a text asks for: the formula of Flesch and Kincaid, on what a page says."""

from __future__ import annotations

import html
import re

SILENT = re.compile(r"(?:[^laeiouy]es|[^dt]ed|[^l]e)$")
VOWELS = re.compile(r"[aeiouy]+")
APART = re.compile(r"[^tcs]i[aou]")
ENDS = re.compile(r"</(?:p|li|h\d|legend|label|summary|option|strong|span|div|dt|dd)>")
UNSAID = re.compile(r"<(script|style|head|select|footer|svg)\b.*?</\1>", re.DOTALL)


def said(page: str) -> str:
    """What a page says, every piece of it a sentence; lists to choose from are names, not sentences, and left out."""
    text = re.sub(r"<[^>]+>", " ", ENDS.sub(". ", UNSAID.sub(" ", page)))
    return html.unescape(text)


def syllables(word: str) -> int:
    """The groups of vowels in a word, without silent endings, with those that are spoken apart; one at least."""
    plain = SILENT.sub(lambda found: found[0][0], word.lower()) if len(word) > 3 else word.lower()
    return max(1, len(VOWELS.findall(plain)) + len(APART.findall(plain)))


def grade(text: str) -> float:
    """The school grade, as Kincaid and others fitted it in 1975."""
    sentences = [part for part in re.split(r"[.?!:]+", text) if re.search(r"[A-Za-z]", part)]
    words = [word for part in sentences for word in re.findall(r"[A-Za-z']+", part)]
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
