"""Where a search stands, told while it runs, and how it is asked to stop."""

from __future__ import annotations

import math
import signal
import threading
import time
from dataclasses import dataclass
from types import FrameType
from typing import Any


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the search stands: both bounds, always.

    Parameters
    ----------
    phase
        What is being done.
    objective
        Cost of the best plan so far; infinite before the first.
    bound
        Cost below which no plan exists.
    nodes
        Nodes branched on.
    seconds
        Processor seconds since the start.
    """

    phase: str
    objective: float
    bound: float
    nodes: int
    seconds: float

    @property
    def gap(self) -> float:
        """(objective - bound) / |objective|; infinite before the first plan."""
        return relative_gap(self.objective, self.bound)

    def __str__(self) -> str:
        if not math.isfinite(self.objective):
            return f"{self.phase}: no plan yet, bound {self.bound:,.6g}"
        return f"{self.phase}: plan {self.objective:,.8g}, bound {self.bound:,.8g}, gap {self.gap:.4%}, {self.nodes} nodes"


def relative_gap(objective: float, bound: float) -> float:
    """Return (objective - bound) / abs(objective), at least 0.

    Examples
    --------
    >>> relative_gap(200.0, 190.0)
    0.05
    """
    if not math.isfinite(objective):
        return math.inf
    return max(0.0, objective - bound) / max(abs(objective), 1e-12)


class Interrupt:
    """Turns Ctrl-C into a polite request while a search runs; a second Ctrl-C is the usual one."""

    def __init__(self) -> None:
        self.asked = False
        self.deadline = math.inf

    def stop(self) -> bool:
        """Whether to end: it was asked for, or the time is up."""
        return self.asked or time.monotonic() > self.deadline

    def __enter__(self) -> Interrupt:
        self.asked, self.deadline = False, math.inf
        self._before: Any = None
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True

    def __exit__(self, *_: object) -> None:
        self.deadline = math.inf
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
