"""Statements: the figures that a document announces, each with the passage it came from.

Receives documents and a catalogue of indicators and places, hands on the ``statement`` table. Deterministic grammar, offline;
what it cannot tell it leaves open rather than guesses.
"""

from keruen.statements.catalogue import Catalogue
from keruen.statements.reader import read, read_all

__all__ = ["Catalogue", "read", "read_all"]
