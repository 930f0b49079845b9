"""Validated tables: the ground on which both wings stand.

Receives folders of CSV or Parquet, hands on an immutable :class:`Dataset`, every integrity finding at once, model cells
filled from evidence (:func:`resolve`) with their lineage, and atomic run folders (:mod:`keruen.tables.store`).
"""

from keruen.tables.binding import Resolution, resolve, unbound
from keruen.tables.dataset import Dataset
from keruen.tables.folder import load, read_folder
from keruen.tables.integrity import check
from keruen.tables.registry import INPUTS, RESULTS, TABLES

__all__ = [
    "INPUTS",
    "RESULTS",
    "TABLES",
    "Dataset",
    "Resolution",
    "check",
    "load",
    "read_folder",
    "resolve",
    "unbound",
]
