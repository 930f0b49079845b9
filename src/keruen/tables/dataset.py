"""The dataset: an immutable bundle of validated tables that every door takes in and hands on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import polars as pl

from keruen.errors import KeruenError
from keruen.tables.registry import TABLES


class Dataset:
    """Tables by name, never changed in place.

    Parameters
    ----------
    tables
        Validated frames by table name; :func:`keruen.tables.load` makes them from a folder.
    name
        Name of the dataset, for people.
    documents
        Text of each document by ``source_id``.

    Examples
    --------
    >>> empty = Dataset({}, name="toy")
    >>> empty["node"].height, empty.has("node")
    (0, False)
    """

    __slots__ = ("_tables", "documents", "name")

    def __init__(
        self,
        tables: Mapping[str, pl.DataFrame],
        *,
        name: str = "",
        documents: Mapping[str, str] | None = None,
    ) -> None:
        unknown = sorted(set(tables) - set(TABLES))
        if unknown:
            raise KeruenError(f"no such table: {', '.join(unknown)}; known tables are {', '.join(TABLES)}")
        self._tables = MappingProxyType(dict(tables))
        self.name = name
        self.documents: Mapping[str, str] = MappingProxyType(dict(documents or {}))

    def __getitem__(self, table: str) -> pl.DataFrame:
        """Return a table; one that the dataset lacks comes back empty, with its columns.

        Raises
        ------
        KeruenError
            If Keruen knows no table of that name.
        """
        if table not in TABLES:
            raise KeruenError(f"no such table: {table}; known tables are {', '.join(TABLES)}")
        found = self._tables.get(table)
        return found if found is not None else TABLES[table].schema.create_empty()

    def has(self, table: str) -> bool:
        """Whether the dataset holds at least one row of ``table``."""
        found = self._tables.get(table)
        return found is not None and found.height > 0

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name}: {frame.height}" for name, frame in self._tables.items() if frame.height)
        return f"Dataset({self.name!r}: {sizes})"

    def with_tables(self, **tables: pl.DataFrame) -> Dataset:
        """Return a dataset in which ``tables`` replace or join those of this one."""
        return Dataset({**self._tables, **tables}, name=self.name, documents=self.documents)
