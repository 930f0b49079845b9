"""Keruen turns announcements into plans.

It reads what was announced, reconciles figures that disagree, models what they describe, and plans what would close
the gap. The verbs below are those of the command line.

Examples
--------
>>> import keruen as kr
>>> dataset = kr.load("starter")
>>> dataset["crossing"]["name"].to_list()
['Saryzhol', 'Kok Gate']
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Loaded when first used: importing keruen must cost nothing, so that help and small scripts stay quick.
_HOMES = {
    "Dataset": "keruen.tables",
    "Finding": "keruen.errors",
    "InputError": "keruen.errors",
    "KeruenError": "keruen.errors",
    "Settings": "keruen.chain",
    "SolveError": "keruen.errors",
    "apply_changes": "keruen.scenarios:apply",
    "assign": "keruen.flows",
    "check": "keruen.tables",
    "compare": "keruen.chain",
    "export_file": "keruen.chain.exchange",
    "forecast": "keruen.trade",
    "import_file": "keruen.chain.exchange",
    "load": "keruen.tables",
    "outlook": "keruen.outlooks",
    "plan": "keruen.plans",
    "promises": "keruen.trade",
    "read": "keruen.statements",
    "read_run": "keruen.tables.store",
    "reconcile": "keruen.figures",
    "register": "keruen.trade",
    "report": "keruen.reports",
    "run": "keruen.chain",
    "score": "keruen.statements",
    "simulate": "keruen.crossings",
    "summary": "keruen.chain",
    "trace": "keruen.chain",
    "validate": "keruen.chain",
    "weigh": "keruen.chain",
}

__all__ = [
    "Dataset",
    "Finding",
    "InputError",
    "KeruenError",
    "Settings",
    "SolveError",
    "__version__",
    "apply_changes",
    "assign",
    "check",
    "compare",
    "export_file",
    "forecast",
    "import_file",
    "load",
    "outlook",
    "plan",
    "promises",
    "read",
    "read_run",
    "reconcile",
    "register",
    "report",
    "run",
    "score",
    "simulate",
    "summary",
    "trace",
    "validate",
    "weigh",
]

if TYPE_CHECKING:
    from keruen.chain import Settings, compare, run, summary, trace, validate, weigh
    from keruen.chain.exchange import export_file, import_file
    from keruen.crossings import simulate
    from keruen.errors import Finding, InputError, KeruenError, SolveError
    from keruen.figures import reconcile
    from keruen.flows import assign
    from keruen.outlooks import outlook
    from keruen.plans import plan
    from keruen.reports import report
    from keruen.scenarios import apply as apply_changes
    from keruen.statements import read, score
    from keruen.tables import Dataset, check, load
    from keruen.tables.store import read_run
    from keruen.trade import forecast, promises, register


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'keruen' has no attribute {name!r}")
    module, _, attribute = home.partition(":")
    value = getattr(importlib.import_module(module), attribute or name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
