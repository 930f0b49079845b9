"""A phrasebook: many fixed phrases found in a text at once, by their first word.

One pass over the words of the text looks each up; only where a phrase may start is a small regex tried. With hundreds of phrases
this is several times faster than one regex of all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_WORD = re.compile(r"\w+")
_GAP = re.compile(r"[ –-]+")


def plain(phrase: str) -> str:
    """Return a phrase with single blanks between its words, as the phrasebook spells it."""
    return _GAP.sub(" ", phrase.strip().replace("’", "'"))


class Phrasebook:
    """Phrases to be found.

    Parameters
    ----------
    phrases
        The phrases; blanks and hyphens match each other.
    plural
        Whether a plural s may follow.
    """

    def __init__(self, phrases: Iterable[str], *, plural: bool = False) -> None:
        starts: dict[str, set[str]] = {}
        for phrase in {plain(p) for p in phrases}:
            first = _WORD.match(phrase)
            if first is None:
                continue
            starts.setdefault(first.group(), set()).add(phrase)
            if plural and first.end() == len(phrase):
                starts.setdefault(f"{phrase}s", set()).add(phrase)
        tail = "(?:(?<=[a-z])s)?" if plural else ""
        self._starts = {
            first: re.compile(
                "(?:"
                + "|".join(
                    re.escape(p).replace(r"\ ", "[ –-]{1,3}") for p in sorted(group, key=len, reverse=True)
                )
                + rf"){tail}(?!\w)"
            )
            for first, group in starts.items()
        }

    def find(self, text: str, start: int, end: int) -> Iterator[re.Match[str]]:
        """Yield the longest phrase at each word of ``text[start:end]``; matches may overlap."""
        starts = self._starts
        for word in _WORD.finditer(text, start, end):
            pattern = starts.get(word.group())
            if pattern is not None:
                found = pattern.match(text, word.start(), end)
                if found is not None:
                    yield found
