"""Datasets of statements that the tests of this room reconcile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from figure_cases import article_dataset, frame

from keruen.tables import Dataset


@pytest.fixture
def dataset_of() -> Callable[..., Dataset]:
    """Return a function that makes a dataset of statement rows and other tables' rows."""
    catalogue = article_dataset()

    def make(statements: list[dict[str, Any]], **tables: list[dict[str, Any]]) -> Dataset:
        kept = {name: catalogue[name] for name in ("indicator", "place", "identity", "exchange_rate")}
        given = {name: frame(name, rows) for name, rows in tables.items()}
        return Dataset({**kept, "statement": frame("statement", statements), **given})

    return make


@pytest.fixture(scope="session")
def articles() -> Dataset:
    """The figures of five articles, keyed by hand."""
    return article_dataset()
