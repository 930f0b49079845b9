"""Bounds beyond which a number is taken for a slip of the pen, and a run for too large."""

from __future__ import annotations

MOST_LANES = 1000
"""More lanes than any post has."""
