"""The vocabulary of columns: each carries its unit and description, from which validation and the docs both come.

A table is one :class:`dataframely.Schema` made of these columns. Metadata keys: ``unit`` (empty for text),
``references`` (the table whose key the column holds) and ``evidence`` (True where a number must rest on a figure or
an assumption through the ``binding`` table).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dataframely as dy

_IDENTIFIER = r"^\S(?:.*\S)?$"


def key(description: str, *, references: str = "") -> dy.String:
    """Return a column of the primary key; ``references`` names the table whose key it also is."""
    return dy.String(
        primary_key=True,
        regex=_IDENTIFIER,
        max_length=200,
        description=description,
        metadata={"unit": "", "references": references},
    )


def year_key(description: str) -> dy.Integer:
    """Return a calendar year that is part of the primary key."""
    return dy.Integer(
        primary_key=True, min=1900, max=2200, description=description, metadata={"unit": "year"}
    )


def month_key() -> dy.Integer:
    """Return a key column of months, 1 to 12."""
    return dy.Integer(
        primary_key=True, min=1, max=12, description="Month, 1 to 12.", metadata={"unit": "month"}
    )


def ref(table: str, description: str, *, nullable: bool = False) -> dy.String:
    """Return a foreign key to the single-column key of ``table``."""
    return dy.String(
        nullable=nullable,
        regex=_IDENTIFIER,
        max_length=200,
        description=description,
        metadata={"unit": "", "references": table},
    )


def text(
    description: str, *, nullable: bool = True, max_length: int = 2000, evidence: bool = False
) -> dy.String:
    """Return free text; ``evidence`` says that where it is a number a reference model must bind it."""
    return dy.String(
        nullable=nullable,
        max_length=max_length,
        description=description,
        metadata={"unit": "", "evidence": evidence},
    )


def choice(options: Sequence[str], description: str, *, nullable: bool = False) -> dy.String:
    """Return text that is one of ``options``."""
    pattern = "^(?:" + "|".join(options) + ")$"
    return dy.String(
        nullable=nullable,
        regex=pattern,
        description=f"{description} One of: {', '.join(options)}.",
        metadata={"unit": "", "options": tuple(options)},
    )


def quantity(
    unit: str,
    description: str,
    *,
    nullable: bool = False,
    evidence: bool = True,
    minimum: float | None = None,
    maximum: float | None = None,
    above: float | None = None,
) -> dy.Float64:
    """Return a finite number in ``unit``; ``evidence`` says that a reference model must bind it."""
    bounds: dict[str, Any] = {}
    if minimum is not None:
        bounds["min"] = minimum
    if maximum is not None:
        bounds["max"] = maximum
    if above is not None:
        bounds["min_exclusive"] = above
    return dy.Float64(
        nullable=nullable, description=description, metadata={"unit": unit, "evidence": evidence}, **bounds
    )


def count(
    unit: str,
    description: str,
    *,
    nullable: bool = False,
    minimum: int | None = None,
    maximum: int | None = None,
) -> dy.Integer:
    """Return a whole number that is structure rather than evidence (a year, a sequence, an offset)."""
    return dy.Integer(
        nullable=nullable, min=minimum, max=maximum, description=description, metadata={"unit": unit}
    )


def flag(description: str, *, nullable: bool = False) -> dy.Bool:
    """Return true or false."""
    return dy.Bool(nullable=nullable, description=description, metadata={"unit": ""})


def date(description: str, *, nullable: bool = True) -> dy.Date:
    """Return a calendar day (ISO 8601)."""
    return dy.Date(nullable=nullable, description=description, metadata={"unit": "ISO 8601 date"})
