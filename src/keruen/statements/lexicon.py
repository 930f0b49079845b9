"""Word lists, written the way that people read them: words with blanks between."""

from __future__ import annotations


def lexicon(listed: str) -> frozenset[str]:
    """Return the words of a list.

    Examples
    --------
    >>> sorted(lexicon("ton tonne"))
    ['ton', 'tonne']
    """
    return frozenset(listed.split())
