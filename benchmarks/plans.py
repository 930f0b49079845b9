"""Plans beside plain HiGHS: fixed-charge instances of the literature, a generated programme, and the reference model.

    python benchmarks/plans.py ../shared/network-design [--peer-seconds 120] [--only c33,c37]

For each instance: processor seconds until our plan first was within 1 % of the best known value, the plan and bound at
the end, and the seconds that HiGHS takes on the textbook arc formulation (strong rows included) until it has a plan as
good as ours, or more than the limit. A bound above a proven optimum would be an error and ends the run.
"""

from __future__ import annotations

import argparse
import csv
import math
import resource
import time
from pathlib import Path

import highspy
import numpy as np
import scipy.sparse as sp

from keruen.formats.dow import FixedChargeInstance, read_dow
from keruen.plans.design import DesignProblem, Effect, Planner, Progress, Project, solve
from keruen.plans.fixed_charge import fixed_charge_problem
from keruen.plans.limits import start_columns


def ours(instance: FixedChargeInstance, goal: float, gap: float) -> tuple[float, float, float, float]:
    """Return seconds to the goal, plan, bound and seconds in all."""
    reached = math.inf

    def watch(p: Progress) -> None:
        nonlocal reached
        if p.objective <= goal:
            reached = min(reached, p.seconds)

    began = time.process_time()
    # A node of the instances with many movements takes seconds.
    nodes = 500 if instance.origin.size <= 50 else 30
    plan = solve(fixed_charge_problem(instance), gap=gap, nodes=nodes, progress=watch)
    return reached, plan.objective, plan.bound, time.process_time() - began


def plain_highs(instance: FixedChargeInstance, value: float, limit: float) -> tuple[float, float]:
    """Return processor seconds until HiGHS has a plan that costs ``value`` or less, and its best plan."""
    a, k = instance.tail.size, instance.origin.size
    n_flow = a * k
    column = np.arange(n_flow)
    arc, commodity = np.tile(np.arange(a), k), np.repeat(np.arange(k), a)
    balance = sp.coo_matrix(
        (
            np.concatenate([np.ones(n_flow), -np.ones(n_flow)]),
            (
                np.concatenate(
                    [commodity * instance.n_nodes + end[arc] for end in (instance.tail, instance.head)]
                ),
                np.concatenate([column, column]),
            ),
        ),
        shape=(k * instance.n_nodes, n_flow + a),
    )
    right = np.zeros(k * instance.n_nodes)
    np.add.at(right, np.arange(k) * instance.n_nodes + instance.origin, instance.demand)
    np.add.at(right, np.arange(k) * instance.n_nodes + instance.destination, -instance.demand)
    share = sp.coo_matrix(
        (
            np.concatenate([np.ones(n_flow), -instance.capacity]),
            (np.concatenate([arc, np.arange(a)]), np.concatenate([column, n_flow + np.arange(a)])),
        ),
        shape=(a, n_flow + a),
    )
    strong = sp.coo_matrix(
        (
            np.concatenate(
                [np.ones(n_flow), -np.minimum(instance.demand[commodity], instance.capacity[arc])]
            ),
            (np.concatenate([column, column]), np.concatenate([column, n_flow + arc])),
        ),
        shape=(n_flow, n_flow + a),
    )
    rows = sp.vstack([balance, share, strong]).tocsc()
    inf = highspy.kHighsInf
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = n_flow + a, rows.shape[0]
    lp.col_cost_ = np.concatenate([instance.cost[arc], instance.fixed_cost])
    lp.col_lower_ = np.zeros(n_flow + a)
    lp.col_upper_ = np.concatenate([instance.demand[commodity], np.ones(a)])
    lp.row_lower_ = np.concatenate([right, np.full(a + n_flow, -inf)])
    lp.row_upper_ = np.concatenate([right, np.zeros(a + n_flow)])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = rows.indptr, rows.indices, rows.data
    whole = [highspy.HighsVarType.kContinuous] * n_flow + [highspy.HighsVarType.kInteger] * a
    lp.integrality_ = whole
    h = highspy.Highs()
    h.setOptionValue("output_flag", False)
    h.setOptionValue("threads", 1)
    h.setOptionValue("mip_rel_gap", 1e-4)
    h.passModel(lp)
    reached = math.inf
    began = time.process_time()

    def improved(event: object) -> None:
        nonlocal reached
        if event.data_out.objective_function_value <= value * (1 + 1e-9):  # type: ignore[attr-defined]
            reached = min(reached, time.process_time() - began)

    def enough(event: object) -> None:
        # Processor seconds, as ours are: the machine may be shared.
        if math.isfinite(reached) or time.process_time() - began > limit:
            event.interrupt()  # type: ignore[attr-defined]

    h.cbMipImprovingSolution += improved
    h.cbMipInterrupt += enough
    h.run()
    return reached, float(h.getInfo().objective_function_value)


def generated(n_projects: int, n_periods: int, n_pairs: int, seed: int = 7) -> DesignProblem:
    """Return a programme on a random road network: every project widens or opens a link."""
    rng = np.random.default_rng(seed)
    n = 60
    x, y = rng.random(n), rng.random(n)
    distance = np.hypot(x[:, None] - x, y[:, None] - y)
    near = np.argsort(distance, axis=1)[:, 1:4]
    links = sorted({(min(i, int(j)), max(i, int(j))) for i in range(n) for j in near[i]})
    pairs = [tuple(sorted(rng.choice(n, 2, replace=False))) for _ in range(n_projects // 2)]
    tail = np.array([a for a, b in links] + [b for a, b in links] + [int(a) for a, _ in pairs])
    head = np.array([b for a, b in links] + [a for a, b in links] + [int(b) for _, b in pairs])
    n_old = 2 * len(links)
    cost = 100.0 * distance[tail, head] + 1.0
    cost[n_old:] *= 0.6
    demand = rng.integers(1, 20, n_pairs).astype(float)
    growth = 1.04 ** np.arange(n_periods)
    capacity = np.concatenate([rng.integers(40, 160, n_old), np.zeros(len(pairs))])
    widened = rng.choice(n_old, n_projects - len(pairs), replace=False)
    resources = np.concatenate([np.arange(n_old, tail.size), widened])
    price = rng.integers(500, 6000, n_projects).astype(float)
    origin = rng.integers(0, n, n_pairs)
    return DesignProblem(
        n_nodes=n, tail=tail, head=head, cost=np.tile(cost, (n_periods, 1, 1)),
        capacity=np.tile(capacity, (n_periods, 1)), use_arc=np.arange(tail.size), use_resource=np.arange(tail.size),
        use_rate=np.ones(tail.size), origin=origin, destination=(origin + rng.integers(1, n, n_pairs)) % n,
        commodity_class=np.zeros(n_pairs, dtype=np.int64), demand=growth[:, None] * demand,
        penalty=np.full(n_pairs, 400.0),
        projects=tuple(Project(f"p{i}", float(c), duration=int(rng.integers(1, 4)), life=30.0) for i, c in enumerate(price)),
        effects=tuple(Effect(i, int(r), float(rng.integers(40, 120))) for i, r in enumerate(resources)),
        discount=0.94 ** np.arange(n_periods), cumulative_budget=4.0 * price.mean() * np.arange(1.0, n_periods + 1.0),
    )  # fmt: skip


def fixed_charge(folder: Path, names: list[str], peer_seconds: float) -> None:
    known = {row["instance"]: row for row in csv.DictReader((folder / "best_known.csv").open())}
    print(
        "instance  best known      plan   over   bound    gap   s to 1%   s in all   HiGHS s   HiGHS plan   ratio"
    )
    for name in names:
        row = known[name]
        best = min(
            float(row[c]) for c in ("best_from_literature_to_verify", "upper_bound_proven_or_found") if row[c]
        )
        instance = read_dow(folder / f"{name}.dow")
        to_goal, plan, bound, total = ours(instance, 1.01 * best, 0.01)
        if row["proven_optimal"] == "1" and bound > best * (1 + 1e-6):
            raise SystemExit(f"{name}: bound {bound} above the proven optimum {best}")
        peer, peer_plan = plain_highs(instance, max(plan, best), peer_seconds)
        beside = f"{peer:9.1f}" if math.isfinite(peer) else f">{peer_seconds:8.0f}"
        ratio = (
            f"{peer / to_goal:7.0f}" if math.isfinite(peer) else f">{peer_seconds / max(to_goal, 1e-3):6.0f}"
        )
        print(
            f"{name:8} {best:11.0f} {plan:9.0f} {plan / best - 1:6.2%} {bound:8.0f} {1 - bound / plan:6.2%} "
            f"{to_goal:8.2f} {total:10.2f} {beside} {peer_plan:12.0f} {ratio}",
            flush=True,
        )


def of_family(
    n_nodes: int, n_arcs: int, n_commodities: int, fixed_ratio: float, tightness: float, seed: int
) -> FixedChargeInstance:
    """Return an instance of the class that sets C and R belong to, with given ratios.

    ``fixed_ratio`` F = commodities x fixed costs / (demand x unit costs), ``tightness`` C = arcs x demand / capacity, sums
    throughout (Gendron and Crainic 1994); costs, capacities and demands are uniform around their means.
    """
    rng = np.random.default_rng(seed)
    ring = [(i, (i + 1) % n_nodes) for i in range(n_nodes)]
    rest = [(i, j) for i in range(n_nodes) for j in range(n_nodes) if i != j and (i, j) not in set(ring)]
    chosen = rng.choice(len(rest), n_arcs - n_nodes, replace=False)
    ends = np.array(ring + [rest[i] for i in chosen])
    origin = rng.integers(0, n_nodes, n_commodities)
    demand = rng.integers(15, 75, n_commodities).astype(float)
    cost = rng.integers(1, 10, n_arcs).astype(float)
    capacity = rng.uniform(0.3, 1.7, n_arcs)
    # What leaves or enters a node must fit through the ring at least.
    capacity = np.ceil(capacity * n_arcs * demand.sum() / tightness / capacity.sum())
    capacity[:n_nodes] = np.maximum(capacity[:n_nodes], demand.sum())
    fixed = rng.uniform(0.2, 1.8, n_arcs)
    fixed = np.ceil(fixed * fixed_ratio * demand.sum() * cost.sum() / n_commodities / fixed.sum())
    fixed[:n_nodes] *= 5.0
    return FixedChargeInstance(
        n_nodes, ends[:, 0], ends[:, 1], cost, capacity, fixed, origin,
        (origin + rng.integers(1, n_nodes, n_commodities)) % n_nodes, demand,
    )  # fmt: skip


def unseen() -> None:
    """Instances that nothing was tuned to: loose and tight, low and high fixed charges."""
    print("nodes arcs movements    F     C      plan     bound    gap   s to the plan")
    for n_nodes, n_arcs, n_commodities in ((20, 230, 40), (20, 230, 200), (30, 520, 100)):
        for ratio, tightness in ((0.5, 8.0), (0.5, 20.0), (8.0, 8.0), (8.0, 20.0)):
            instance = of_family(n_nodes, n_arcs, n_commodities, ratio, tightness, seed=5)
            told: list[Progress] = []
            plan = solve(fixed_charge_problem(instance), gap=0.01, seconds=60.0, progress=told.append)
            last = next(p.seconds for p in told if p.objective <= plan.objective)
            print(
                f"{n_nodes:5} {n_arcs:4} {n_commodities:9} {ratio:4.1f} {tightness:5.1f} {plan.objective:9.0f} {plan.bound:9.0f} "
                f"{plan.gap:6.2%} {last:7.2f}",
                flush=True,
            )


def programme_of_200() -> None:
    problem = generated(200, 15, 300)
    began = time.process_time()
    planner = Planner(problem)
    plan = planner.solve(gap=0.03, nodes=200)
    first = time.process_time() - began
    print(
        f"200 projects x 15 years x 300 pairs ({len(start_columns(problem))} starts): gap {plan.gap:.2%} in {first:.1f} s, "
        f"{int((plan.start >= 0).sum())} built, {plan.status}"
    )


def reference_model() -> None:
    from keruen.chain.evidence import weigh
    from keruen.plans import plan
    from keruen.tables import read_folder

    dataset = weigh(read_folder("kazakhstan")[0]).dataset
    began = time.process_time()
    result = plan(dataset)
    saved = result.dataset["plan_summary"].row(0, named=True)
    at_stake = saved["without_projects"] - saved["bound"]
    print(
        f"reference model: gap {saved['gap']:.4%} of the cost, {(saved['objective'] - saved['bound']) / at_stake:.2%} of what "
        f"any plan could save, {time.process_time() - began:.1f} s, {result.solution.status}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--peer-seconds", type=float, default=120.0)
    parser.add_argument("--only", default="r04.1,r07.1,c33,c35,c36,c37,c41,c42,c49")
    parser.add_argument("--instances-only", action="store_true")
    parser.add_argument("--unseen", action="store_true", help="only generated instances of the class")
    arguments = parser.parse_args()
    solve(fixed_charge_problem(read_dow(arguments.folder / "r04.1.dow")))  # compiles the kernel
    if arguments.unseen:
        unseen()
    else:
        fixed_charge(arguments.folder, arguments.only.split(","), arguments.peer_seconds)
    if not arguments.instances_only and not arguments.unseen:
        programme_of_200()
        reference_model()
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
