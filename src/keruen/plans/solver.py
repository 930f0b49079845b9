"""The solver of linear programmes, set up so that the same input gives the same answer."""

from __future__ import annotations

import highspy

from keruen.errors import SolveError


class Infeasible(SolveError):
    """No plan satisfies the rows of the programme."""


class OutOfTime(SolveError):
    """The limit of time was reached inside a solve, which therefore has no answer."""


def new_solver() -> highspy.Highs:
    """Return a silent HiGHS on one thread with a fixed seed."""
    h = highspy.Highs()
    h.setOptionValue("output_flag", False)
    h.setOptionValue("threads", 1)
    h.setOptionValue("random_seed", 1)
    return h
