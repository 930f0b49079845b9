"""Crossings and ports: how long goods wait, why, and what more lanes, hours or works would do.

Receives the tables ``crossing``, ``post``, ``delay_cause`` and, where known, ``station``, ``traffic``, ``traffic_class``,
``closure`` and ``quota``, and the tonnes that pass; hands on
``crossing_performance`` and the delay functions that ``flows`` lays on its arcs.
"""

from __future__ import annotations

from keruen.crossings.delay import delay_functions
from keruen.crossings.door import SimulationResult, simulate
from keruen.crossings.performance import performance
from keruen.crossings.portrait import portraits
from keruen.crossings.posts import BORDER_TABLES, border_findings
from keruen.crossings.reconstruction import (
    ReconstructionRanking,
    reconstruction_ranking,
    volumes_by_throughput,
    volumes_from_flows,
)
from keruen.crossings.staffing import LanesNeeded, lanes_needed, staffing
from keruen.crossings.works import works_calendar, works_changes

__all__ = [
    "BORDER_TABLES",
    "LanesNeeded",
    "ReconstructionRanking",
    "SimulationResult",
    "border_findings",
    "delay_functions",
    "lanes_needed",
    "performance",
    "portraits",
    "reconstruction_ranking",
    "simulate",
    "staffing",
    "volumes_by_throughput",
    "volumes_from_flows",
    "works_calendar",
    "works_changes",
]
