"""Years in words, as a table in a newspaper gives them."""

from __future__ import annotations


def by_when(deadline: int | None) -> str:
    """Return a deadline in words.

    Examples
    --------
    >>> by_when(2030), by_when(None)
    ('by 2030', 'without a deadline')
    """
    return f"by {deadline}" if deadline is not None else "without a deadline"
