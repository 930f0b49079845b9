"""Reconciling figures that disagree.

Receives statements as they were read; hands on the ``figure`` table (one estimate for each quantity, with its bounds, what
it rests on and what was set aside) and the ``conflict`` table (which statements cannot all be true, and why they may
differ). Losing statements are kept and shown beside the winners.
"""

from keruen.figures.door import reconcile, reconciliation, with_results
from keruen.figures.engine import Dispute, Reconciliation, Verdict
from keruen.figures.stories import stories

__all__ = ["Dispute", "Reconciliation", "Verdict", "reconcile", "reconciliation", "stories", "with_results"]
