"""The page on flows says what is so."""

from __future__ import annotations

import doctest
from pathlib import Path

FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def test_the_page_is_executed() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "flows.md"
    found = doctest.testfile(str(page), module_relative=False, optionflags=FLAGS)
    assert found.attempted > 15
    assert found.failed == 0
