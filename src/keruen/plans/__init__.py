"""Plans: which projects start in which year, at what cost, with both bounds.

Receives the network, projects with their changes, and what may be spent; hands on the tables ``plan`` and
``plan_summary``. The engine is :func:`keruen.plans.design.solve` (arrays in, arrays out).
"""

from keruen.plans.alternatives import Alternatives, near_optimal
from keruen.plans.conflict import InfeasiblePlan
from keruen.plans.door import PlanResult, plan

__all__ = ["Alternatives", "InfeasiblePlan", "PlanResult", "near_optimal", "plan"]
