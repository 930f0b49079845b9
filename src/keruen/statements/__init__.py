"""Statements: the figures that a document announces, each with the passage it came from.

Receives documents and a catalogue of indicators and places, hands on the ``statement`` table. Deterministic grammar, offline;
what it cannot tell it leaves open rather than guesses. A person's reviews are applied after every reading.
"""

from keruen.statements.catalogue import Catalogue
from keruen.statements.files import read_files
from keruen.statements.reader import read, read_all
from keruen.statements.reviews import (
    Reviewed,
    append_reviews,
    apply_reviews,
    confidence,
    decide,
    passage,
    review_queue,
)
from keruen.statements.scoring import FieldScore, Score, score

__all__ = [
    "Catalogue",
    "FieldScore",
    "Reviewed",
    "Score",
    "append_reviews",
    "apply_reviews",
    "confidence",
    "decide",
    "passage",
    "read",
    "read_all",
    "read_files",
    "review_queue",
    "score",
]
