"""Plans that can be worked by hand, and small ones compared with every possible plan."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from keruen.errors import InputError
from keruen.plans.design import DesignProblem, Effect, InfeasiblePlan, Progress, Project, Target, solve
from keruen.plans.limits import project_rows, start_columns
from keruen.plans.master import Master


def two_routes(n_periods: int = 1, n_projects: int = 2, **changes: object) -> DesignProblem:
    """0 to 1 by a road at 10 a tonne, or by railways that cost 2 and 3 a tonne once built; 4 t a period."""
    n_arcs = 1 + n_projects
    costs = np.array([10.0, 2.0, 3.0, 4.0][:n_arcs])
    problem = DesignProblem(
        n_nodes=2,
        tail=np.zeros(n_arcs, dtype=np.int64),
        head=np.ones(n_arcs, dtype=np.int64),
        cost=np.tile(costs, (n_periods, 1, 1)).reshape(n_periods, 1, n_arcs),
        capacity=np.tile(np.array([np.inf] + [0.0] * n_projects), (n_periods, 1)),
        use_arc=np.arange(n_arcs),
        use_resource=np.arange(n_arcs),
        use_rate=np.ones(n_arcs),
        origin=np.array([0]),
        destination=np.array([1]),
        commodity_class=np.array([0]),
        demand=np.full((n_periods, 1), 4.0),
        penalty=np.array([np.inf]),
        projects=tuple(Project(f"railway {i}", cost=20.0 + 2 * i) for i in range(n_projects)),
        effects=tuple(Effect(i, 1 + i, 3.0) for i in range(n_projects)),
        discount=np.ones(n_periods),
    )
    return replace(problem, **changes)  # type: ignore[arg-type]


def test_one_project_two_routes_budget_for_one() -> None:
    # Railway 0 saves 3 x 8 - 20 = 4, railway 1 saves 3 x 7 - 22 = -1 (and 1 x 7 after railway 0).
    plan = solve(two_routes(), gap=0.0)
    assert plan.start.tolist() == [0, -1]
    assert plan.objective == pytest.approx(20.0 + 3 * 2 + 1 * 10)
    assert plan.bound == pytest.approx(plan.objective)
    assert plan.flow.tolist() == [pytest.approx([1.0, 3.0, 0.0])]


def test_budget_that_is_too_small_builds_nothing() -> None:
    plan = solve(two_routes(budget=np.array([19.0])), gap=0.0)
    assert plan.start.tolist() == [-1, -1]
    assert plan.objective == pytest.approx(40.0)


def test_cumulative_budget_delays_a_project() -> None:
    problem = two_routes(3, cumulative_budget=np.array([10.0, 19.0, 30.0]))
    plan = solve(problem, gap=0.0)
    # Affordable in the last period only, where it saves 24 for 20.
    assert plan.start.tolist() == [2, -1]
    assert plan.objective == pytest.approx(40 + 40 + 20 + 16)


def test_duration_spreads_cost_and_delays_service() -> None:
    problem = two_routes(3, 1, projects=(Project("railway", cost=20.0, duration=2),))
    plan = solve(problem, gap=0.0)
    assert plan.start.tolist() == [0]
    assert problem.spending(0, 0).tolist() == [10.0, 10.0, 0.0]
    assert plan.objective == pytest.approx(20 + 40 + 40 + 16)


def test_construction_takes_capacity_away() -> None:
    # While the railway is built (period 0) the road carries 1 t less than the demand, at 100 a tonne left behind.
    problem = two_routes(
        2,
        1,
        projects=(Project("railway", cost=5.0, duration=1, latest=0),),
        effects=(Effect(0, 1, 3.0), Effect(0, 0, -1.0, first=-1, last=-1)),
        capacity=np.array([[4.0, 0.0], [4.0, 0.0]]),
        penalty=np.array([15.0]),
    )
    plan = solve(problem, gap=0.0)
    assert plan.start.tolist() == [0]
    assert plan.unserved[0, 0] == pytest.approx(1.0)
    assert plan.objective == pytest.approx(5 + 30 + 15 + 16)


def test_precedence_and_exclusion() -> None:
    both = two_routes(2, projects=(Project("a", cost=1.0), Project("b", cost=1.0)))
    assert (solve(both, gap=0.0).start >= 0).all()
    assert (solve(replace(both, excludes=((0, 1),)), gap=0.0).start >= 0).sum() == 1
    after = replace(both, requires=((0, 1),), projects=(Project("a", 1.0), Project("b", 1.0, duration=1)))
    plan = solve(after, gap=0.0)
    assert plan.start.tolist() == [1, 0]


def test_crew_and_number_of_starts() -> None:
    cheap = (Project("a", 1.0, duration=1), Project("b", 1.0, duration=1))
    problem = two_routes(3, projects=cheap, crew=np.array([[2.0], [2.0]]), workers=np.full((3, 1), 3.0))
    assert sorted(solve(problem, gap=0.0).start.tolist()) == [0, 1]
    problem = two_routes(3, projects=cheap, most_starts=np.array([0.0, 2.0, 0.0]))
    assert solve(problem, gap=0.0).start.tolist() == [1, 1]


def test_residual_value_is_credited() -> None:
    long_lived = two_routes(1, 1, projects=(Project("railway", cost=60.0, life=3.0),))
    plan = solve(long_lived, gap=0.0)
    # Two thirds of its life are left: 60 - 40 = 20, less than the 24 that it saves.
    assert plan.start.tolist() == [0]
    assert plan.objective == pytest.approx(20 + 16)


def test_hard_target_makes_a_loss_making_project_worth_it_and_priced_one_says_what_it_misses() -> None:
    target = Target("rail", 0, 6.0, arcs=(1, 2), commodities=(0,))
    problem = two_routes(demand=np.array([[8.0]]), targets=(target,))
    plan = solve(problem, gap=0.0)
    assert (plan.start >= 0).all()
    assert plan.objective == pytest.approx(20 + 22 + 3 * 2 + 3 * 3 + 2 * 10)
    free = solve(replace(problem, targets=()), gap=0.0)
    assert free.start.tolist() == [0, -1]
    assert free.objective < plan.objective
    missed = solve(replace(problem, targets=(replace(target, price=0.1),)), gap=0.0)
    assert missed.shortfall.tolist() == pytest.approx([3.0])


def test_a_target_is_not_met_by_passing_twice() -> None:
    # 0 -> 1 direct; the detour 0 -> 2 -> 0 would touch the counted arc, but no tonne goes in circles.
    problem = DesignProblem(
        3, np.array([0, 0, 2]), np.array([1, 2, 0]), np.ones((1, 1, 3)), np.full((1, 3), np.inf),
        np.arange(3), np.arange(3), np.ones(3), np.array([0]), np.array([1]), np.array([0]),
        np.array([[1.0]]), np.array([np.inf]), (), (), np.ones(1),
        targets=(Target("circle", 0, 1.0, (1,), (0,)),),
    )  # fmt: skip
    with pytest.raises(InfeasiblePlan, match="target circle"):
        solve(problem, gap=0.0)


def test_conflict_names_what_clashes_and_nothing_else() -> None:
    target = Target("rail", 0, 6.0, arcs=(1, 2), commodities=(0,))
    problem = two_routes(
        demand=np.array([[8.0]]), targets=(target,), budget=np.array([41.0]), most_starts=np.array([5.0])
    )
    with pytest.raises(InfeasiblePlan) as caught:
        solve(problem)
    assert set(caught.value.conflict) == {"the yearly budgets", "target rail: 6 in period 0"}
    stuck = two_routes(capacity=np.array([[0.0, 0.0, 0.0]]), demand=np.array([[9.0]]))
    with pytest.raises(InfeasiblePlan, match="must be carried"):
        solve(stuck)
    forced = two_routes(
        projects=(Project("a", 5.0, mandatory=True), Project("b", 5.0, mandatory=True)), excludes=((0, 1),)
    )
    with pytest.raises(InfeasiblePlan) as caught:
        solve(forced)
    assert set(caught.value.conflict) == {"a excludes b", "a must be built", "b must be built"}


def test_faults_come_all_at_once_and_in_words() -> None:
    with pytest.raises(InputError) as caught:
        two_routes(
            projects=(Project("a", -1.0), Project("b", 2.0)),
            requires=((0, 1), (1, 0)),
            targets=(Target("late", 7, 1.0, (0,), (0,)),),
            penalty=np.array([np.nan]),
        )
    text = str(caught.value)
    for words in ("project[a].cost", "circle", "outside the horizon", "penalty"):
        assert words in text


def test_both_bounds_are_reported_and_close_in() -> None:
    seen: list[Progress] = []
    plan = solve(random_problem(np.random.default_rng(5), 3, 6), gap=0.0, progress=seen.append)
    assert seen
    bounds = [p.bound for p in seen]
    objectives = [p.objective for p in seen]
    assert bounds == sorted(bounds)
    assert objectives == sorted(objectives, reverse=True)
    assert all(b <= plan.objective + 1e-6 for b in bounds)


def test_same_input_same_plan() -> None:
    problem = random_problem(np.random.default_rng(11), 3, 7)
    first, second = solve(problem, gap=0.0), solve(problem, gap=0.0)
    assert first.start.tobytes() == second.start.tobytes()
    assert first.flow.tobytes() == second.flow.tobytes()
    assert (first.objective, first.bound) == (second.objective, second.bound)


def test_useless_project_is_never_built() -> None:
    base = two_routes(2)
    useless = replace(base, projects=(*base.projects, Project("monument", cost=0.5)))
    assert solve(useless, gap=0.0).start[2] == -1


# -- every possible plan -----------------------------------------------------------------------------------------


def random_problem(rng: np.random.Generator, n_periods: int, n_projects: int) -> DesignProblem:
    n_nodes = int(rng.integers(3, 6))
    n_roads, n_movements = int(rng.integers(n_nodes, 2 * n_nodes)), int(rng.integers(1, 4))
    tail = rng.integers(0, n_nodes, n_roads + n_projects)
    head = (tail + rng.integers(1, n_nodes, tail.size)) % n_nodes
    origin = rng.integers(0, n_nodes, n_movements)
    destination = (origin + rng.integers(1, n_nodes, n_movements)) % n_nodes
    cost = np.concatenate([rng.integers(3, 12, n_roads), rng.integers(1, 5, n_projects)]).astype(float)
    capacity = np.concatenate([rng.integers(1, 6, n_roads), np.zeros(n_projects)])
    # The last project improves a road instead of opening an arc.
    improved = np.concatenate([np.arange(n_roads, n_roads + n_projects - 1), [0]])
    targets = ()
    if rng.random() < 0.4:
        counted = tuple(int(a) for a in rng.choice(tail.size, 2, replace=False))
        targets = (Target("some", n_periods - 1, 2.0, counted, tuple(range(n_movements)), price=6.0),)
    return DesignProblem(
        n_nodes=n_nodes,
        tail=tail,
        head=head,
        cost=np.tile(cost, (n_periods, 1, 1)),
        capacity=np.tile(capacity, (n_periods, 1)),
        use_arc=np.arange(tail.size),
        use_resource=np.arange(tail.size),
        use_rate=np.ones(tail.size),
        origin=origin,
        destination=destination,
        commodity_class=np.zeros(n_movements, dtype=np.int64),
        demand=rng.integers(0, 5, (n_periods, n_movements)).astype(float),
        penalty=np.full(n_movements, 40.0),
        projects=tuple(
            Project(f"p{i}", float(rng.integers(2, 25)), duration=int(rng.integers(0, 2)), operating_cost=0.5)
            for i in range(n_projects)
        ),
        effects=tuple(Effect(i, int(improved[i]), float(rng.integers(1, 6))) for i in range(n_projects)),
        discount=0.95 ** np.arange(n_periods),
        cumulative_budget=np.cumsum(rng.integers(5, 25, n_periods)).astype(float),
        requires=((0, 1),) if rng.random() < 0.5 else (),
        excludes=((1, 2),) if rng.random() < 0.5 else (),
        targets=targets,
    )


def flows_by_arcs(q: DesignProblem, starts: tuple[int, ...]) -> float:
    """Cost of carrying goods under fixed starts, by an LP over arcs instead of routes."""
    total = 0.0
    for t in range(q.n_periods):
        capacity = q.capacity[t].copy()
        for e in q.effects:
            s = starts[e.project]
            if s >= 0 and e.first <= t - s - q.projects[e.project].duration <= e.last:
                capacity[e.resource] += e.change
        k, a = q.n_commodities, q.n_arcs
        targets = [g for g in q.targets if g.period == t]
        # Flow copies: before and after a counted arc was used, so that each tonne counts once.
        layers = 2 if targets else 1
        counted = np.zeros(a, dtype=bool)
        for g in targets:
            counted[list(g.arcs)] = True
        n_flow = k * a * (3 if targets else 1)
        n = n_flow + k + len(targets)
        cost = np.zeros(n)
        rows_eq: list[np.ndarray] = []
        rhs_eq: list[float] = []
        use = np.zeros((a, n))
        reached = np.zeros(n)

        def column(kk: int, aa: int, kind: int) -> int:
            return (kk * 3 + kind) * a + aa if targets else kk * a + aa  # noqa: B023

        upper = [None] * n
        for kk in range(k):
            for aa in range(a):
                # kind 0: within the first layer, 1: crossing into the second, 2: within the second
                for kind in range(3 if targets else 1):
                    c = column(kk, aa, kind)
                    cost[c] = q.cost[t, 0, aa]
                    use[aa, c] = 1.0
                    if (kind == 1 and not counted[aa]) or (kind == 0 and counted[aa] and False):
                        upper[c] = 0.0
                    if kind == 1 and q.origin[kk] != q.destination[kk]:
                        reached[c] = 1.0
            for layer in range(layers):
                for v in range(q.n_nodes):
                    row = np.zeros(n)
                    for aa in range(a):
                        for kind in range(3 if targets else 1):
                            into = 0 if kind == 0 else 1
                            out = 1 if kind == 2 else 0
                            if q.tail[aa] == v and out == layer:
                                row[column(kk, aa, kind)] += 1.0
                            if q.head[aa] == v and into == layer:
                                row[column(kk, aa, kind)] -= 1.0
                    if v == q.destination[kk]:
                        continue
                    right = 0.0
                    if v == q.origin[kk] and layer == 0:
                        row[n_flow + kk] = 1.0
                        right = q.demand[t, kk]
                    rows_eq.append(row)
                    rhs_eq.append(right)
            cost[n_flow + kk] = q.penalty[kk]
        rows_ub, rhs_ub = [use], [capacity]
        for i, g in enumerate(targets):
            row = -reached
            row = row.copy()
            row[n_flow + k + i] = -1.0
            rows_ub.append(row[None, :])
            rhs_ub.append(np.array([-g.value]))
            cost[n_flow + k + i] = g.price
        answer = linprog(
            cost,
            np.vstack(rows_ub),
            np.concatenate(rhs_ub),
            np.array(rows_eq),
            rhs_eq,
            [(0, u) for u in upper],
        )
        assert answer.status == 0
        total += q.discount[t] * answer.fun
    return total


def best_of_all(q: DesignProblem) -> float:
    """Cost of the best plan, by trying each."""
    columns = start_columns(q)
    rows = project_rows(q, columns)
    options = [[-1] + [s for p, s in columns if p == i] for i in range(len(q.projects))]
    best = math.inf
    for starts in itertools.product(*options):
        z = np.array([1.0 if starts[p] == s else 0.0 for p, s in columns])
        if any(float(row.coefficients @ z[row.columns]) > row.upper + 1e-9 for row in rows):
            continue
        fixed = sum(q.discounted_cost(p, s) for p, s in enumerate(starts) if s >= 0)
        if fixed < best:
            best = min(best, fixed + flows_by_arcs(q, starts))
    return best


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000))
def test_equals_the_best_of_every_possible_plan(seed: int) -> None:
    problem = random_problem(np.random.default_rng(seed), 2, 3)
    problem = replace(problem, targets=())
    plan = solve(problem, gap=0.0)
    best = best_of_all(problem)
    assert plan.objective == pytest.approx(best, rel=1e-6)
    assert plan.bound <= best * (1 + 1e-6)
    assert plan.bound >= best * (1 - 1e-6)


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000), st.floats(0.0, 2.0))
def test_more_money_never_makes_a_plan_dearer(seed: int, factor: float) -> None:
    problem = random_problem(np.random.default_rng(seed), 2, 4)
    assert problem.cumulative_budget is not None
    more = replace(problem, cumulative_budget=problem.cumulative_budget * (1.0 + factor))
    poor, rich = solve(problem, gap=0.0), solve(more, gap=0.0)
    assert rich.objective <= poor.objective * (1 + 1e-7)


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000))
def test_plan_keeps_every_limit_and_costs_what_it_says(seed: int) -> None:
    q = random_problem(np.random.default_rng(seed), 3, 5)
    plan = solve(q, gap=0.02)
    columns = start_columns(q)
    z = np.array([1.0 if plan.start[p] == s else 0.0 for p, s in columns])
    for row in project_rows(q, columns):
        assert float(row.coefficients @ z[row.columns]) <= row.upper + 1e-6, row.name
    capacity = q.capacity.copy()
    for e in q.effects:
        s = int(plan.start[e.project])
        if s >= 0:
            for t in range(q.n_periods):
                if e.first <= t - s - q.projects[e.project].duration <= e.last:
                    capacity[t, e.resource] += e.change
    assert (plan.flow <= capacity + 1e-5).all()
    carried = np.zeros_like(q.demand)
    np.add.at(carried, (plan.route_period, plan.route_commodity), plan.route_flow)
    assert carried + plan.unserved == pytest.approx(q.demand, abs=1e-5)
    cost = float((q.discount[:, None] * plan.flow * q.cost[:, 0]).sum())
    cost += float((q.discount[:, None] * plan.unserved * q.penalty).sum()) + plan.projects_cost
    cost += sum(q.discount[g.period] * g.price * m for g, m in zip(q.targets, plan.shortfall, strict=True))
    assert plan.objective == pytest.approx(cost, rel=1e-6, abs=1e-6)
    assert plan.bound <= plan.objective
    assert plan.gap <= 0.02 + 1e-9


# -- the small linear programme that each family of limits makes ---------------------------------------------------


def test_project_rows_of_a_small_programme() -> None:
    q = two_routes(
        3,
        projects=(Project("a", 6.0, duration=1), Project("b", 4.0)),
        requires=((1, 0),),
        excludes=((0, 1),),
        budget=np.array([5.0, np.inf, np.inf]),
        cumulative_budget=np.array([np.inf, 9.0, np.inf]),
        crew=np.array([[3.0], [0.0]]),
        workers=np.full((3, 1), 2.0),
        most_starts=np.ones(3),
    )
    columns = start_columns(q)
    assert columns == [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2)]
    stored = {
        (r.name, tuple(r.columns.tolist()), tuple(r.coefficients.tolist()), r.upper)
        for r in project_rows(q, columns)
    }
    assert stored == {
        ("a starts once", (0, 1), (1.0, 1.0), 1.0),
        ("b starts once", (2, 3, 4), (1.0, 1.0, 1.0), 1.0),
        ("b requires a", (2,), (1.0,), 0.0),
        ("b requires a", (2, 3, 0), (1.0, 1.0, -1.0), 0.0),
        ("b requires a", (2, 3, 4, 0, 1), (1.0, 1.0, 1.0, -1.0, -1.0), 0.0),
        ("a excludes b", (0, 1, 2, 3, 4), (1.0, 1.0, 1.0, 1.0, 1.0), 1.0),
        ("budget of period 0", (0, 2), (6.0, 4.0), 5.0),
        ("budget up to period 1", (0, 1, 2, 3), (6.0, 6.0, 4.0, 4.0), 9.0),
        ("workers of skill 0 in period 0", (0,), (3.0,), 2.0),
        ("workers of skill 0 in period 1", (1,), (3.0,), 2.0),
        ("number of starts in period 0", (0, 2), (1.0, 1.0), 1.0),
        ("number of starts in period 1", (1, 3), (1.0, 1.0), 1.0),
        ("number of starts in period 2", (4,), (1.0,), 1.0),
    }


def test_strong_rows_lift_the_bound_to_the_whole() -> None:
    # 3 t of 3 t over a link of 300 t: without the strong row, a hundredth of the project suffices.
    q = two_routes(1, 1, effects=(Effect(0, 1, 300.0),), demand=np.array([[3.0]]))
    weak, tight = Master(q), Master(q)
    assert weak.relax(strong=False) == pytest.approx(0.01 * 20 + 3 * 2)
    assert tight.relax() == pytest.approx(20 + 3 * 2)
    assert (tight.strong >= 0).sum() == 1
