"""The chain: the order of the rooms, the loops between them, and the run folder that they leave behind.

Receives a dataset folder and settings, hands on a run: every table, a manifest, and from any number in it a way back
to the passages that it rests on.
"""

from keruen.chain.comparison import compare
from keruen.chain.evidence import Weighed, doubts, weigh
from keruen.chain.running import Outcome, evidence_of, finished, run, with_crossings
from keruen.chain.screen import summary
from keruen.chain.settings import Settings
from keruen.chain.tracing import Trace, trace
from keruen.chain.validating import Validated, validate

__all__ = [
    "Outcome",
    "Settings",
    "Trace",
    "Validated",
    "Weighed",
    "compare",
    "doubts",
    "evidence_of",
    "finished",
    "run",
    "summary",
    "trace",
    "validate",
    "weigh",
    "with_crossings",
]
