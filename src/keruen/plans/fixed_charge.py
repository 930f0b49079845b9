"""The fixed-charge design problem of the literature in the planner's terms: each arc is a project, one period."""

from __future__ import annotations

import numpy as np

from keruen.formats.dow import FixedChargeInstance
from keruen.plans.problem import DesignProblem, Effect, Project


def fixed_charge_problem(instance: FixedChargeInstance) -> DesignProblem:
    """Return the instance as a design problem in which every arc is a project and everything must be carried."""
    n_arcs, n_commodities = instance.tail.size, instance.origin.size
    return DesignProblem(
        n_nodes=instance.n_nodes,
        tail=instance.tail,
        head=instance.head,
        cost=instance.cost[None, None, :],
        capacity=np.zeros((1, n_arcs)),
        use_arc=np.arange(n_arcs),
        use_resource=np.arange(n_arcs),
        use_rate=np.ones(n_arcs),
        origin=instance.origin,
        destination=instance.destination,
        commodity_class=np.zeros(n_commodities, dtype=np.int64),
        demand=instance.demand[None, :],
        penalty=np.full(n_commodities, np.inf),
        projects=tuple(Project(f"arc {a}", float(f)) for a, f in enumerate(instance.fixed_cost)),
        effects=tuple(Effect(a, a, float(u)) for a, u in enumerate(instance.capacity)),
        discount=np.ones(1),
    )
