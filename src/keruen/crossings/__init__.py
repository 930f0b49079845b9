"""Crossings and ports: how long goods wait, why, and what more lanes, hours or works would do.

Receives the tables ``crossing``, ``post`` and ``delay_cause`` and the tonnes that pass; hands on
``crossing_performance`` and the delay functions that ``flows`` lays on its arcs.
"""

from __future__ import annotations

from keruen.crossings.delay import delay_functions
from keruen.crossings.performance import performance

__all__ = ["delay_functions", "performance"]
