"""From the linear programme to a plan with a certificate: plans found by scaling and restriction, bounds by branching.

1. *Capacity scaling* (Katayama, Chen and Kubo 2009): the programme is solved again and again with each start shrunk to
   what was used of it, until it uses a few starts wholly.
2. A *restricted programme* over the starts that this proposed is solved in whole numbers by HiGHS; each plan is costed
   anew with all routes priced.
3. *Branching* on whether a project is built, then on when, by pseudo-costs; every node prices and separates again, so
   each bound holds for all routes.
"""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

from keruen.errors import SolveError
from keruen.plans.improve import LocalSearch, dive
from keruen.plans.master import Master
from keruen.plans.problem import Floats, Ints
from keruen.plans.progress import Interrupt, Progress, relative_gap
from keruen.plans.solver import Infeasible, OutOfTime, new_solver
from keruen.plans.years import Years

WHOLE = 1e-6
ROOT, PLANS = 0.4, 0.85
"""Shares of a limit of time after which bounding the whole problem and looking for plans must be done."""


@dataclass(order=True, slots=True)
class _Node:
    bound: float
    number: int
    lower: Floats
    upper: Floats
    built: Floats
    depth: int = 0


class Search:
    """A search for the cheapest plan.

    Parameters
    ----------
    master
        The linear programme.
    gap
        Stop when (objective - bound) / objective is this small.
    nodes
        Most nodes to branch on.
    seconds
        Most wall-clock seconds, or None for no limit of time (the result then depends on nothing but the input).
    progress
        Called whenever a bound moves.
    interrupt
        Says whether Ctrl-C was pressed.
    decide
        Stop as soon as it is known whether a plan costs this or less.
    years
        Costs fixed starts year by year, where nothing but starts ties years together.
    """

    def __init__(
        self,
        master: Master,
        *,
        gap: float,
        nodes: int,
        seconds: float | None,
        progress: Callable[[Progress], None] | None,
        interrupt: Interrupt,
        decide: float | None = None,
        years: Years | None = None,
    ) -> None:
        self.m, self.years = master, years
        master.slack = min(0.01 * gap, 1e-6)
        self.decide = decide
        self.gap, self.max_nodes, self.seconds = gap, nodes, seconds
        self.progress, self.interrupt = progress, interrupt
        self.began, self.cpu = time.monotonic(), time.process_time()
        self._spend(1.0)
        self.objective, self.bound = math.inf, -math.inf
        self.choice: Floats | None = None
        self.values: Floats | None = None
        self.nodes = 0
        self.phase = "root"
        self.tried: set[bytes] = set()
        self.row_of_project = {
            row.name: master.row_project + i
            for i, row in enumerate(master.project_rows)
            if row.name.endswith("once")
        }
        q = master.problem
        self.project_of = np.array([p for p, _ in master.starts], dtype=np.int64)
        self.period_of = np.array([s for _, s in master.starts], dtype=np.int64)
        self.once_row = [self.row_of_project.get(f"{p.name} starts once", -1) for p in q.projects]
        self.limits = np.zeros((len(master.project_rows), master.n_starts))
        for i, row in enumerate(master.project_rows):
            self.limits[i, row.columns] = row.coefficients
        self.most = np.array([row.upper for row in master.project_rows])
        self._pair = np.full(q.demand.shape, -1, dtype=np.int64)
        self._pair[master.period, master.commodity] = np.arange(master.n_pairs)
        self.up = np.zeros((len(q.projects), 2))
        self.down = np.zeros((len(q.projects), 2))

    # -- the state of affairs ----------------------------------------------------------------------------------

    def out_of_time(self) -> bool:
        """Whether to stop: Ctrl-C or the limit of time."""
        return self.interrupt.stop()

    def _spend(self, share: float) -> None:
        """Let what follows last until a share of the time is gone."""
        if self.seconds is not None:
            self.interrupt.deadline = self.m.deadline = self.began + share * self.seconds

    def tell(self) -> None:
        """Report both bounds."""
        if self.progress is not None:
            spent = time.process_time() - self.cpu
            self.progress(Progress(self.phase, self.objective, self.bound, self.nodes, spent))

    def raise_bound(self, bound: float) -> None:
        """Take a better lower bound."""
        if bound > self.bound + 1e-12 * abs(bound):
            self.bound = min(bound, self.objective)
            self.tell()

    def good_enough(self) -> bool:
        """Whether the gap is closed as far as asked, or the question of ``decide`` is answered."""
        if self.decide is not None and (self.objective <= self.decide or self.bound > self.decide):
            return True
        # Bounds are exact to the solver's tolerance only.
        return relative_gap(self.objective, self.bound) <= max(self.gap, 2e-9)

    def run(self) -> None:
        """Bound the problem, look for plans, and branch until the gap is closed or a limit is reached."""
        try:
            self._spend(ROOT)
            self.root()
            # A wide programme is not branched on, so plans have the rest.
            self._spend(1.0 if self.m.wide else PLANS)
            if not self.good_enough():
                self.find_plans()
            self._spend(1.0)
            # A node of a wide programme takes as long as all the plans that could be tried meanwhile.
            if not self.good_enough() and not self.m.wide:
                self.branch()
        finally:
            self.m.deadline = math.inf

    def cutoff(self) -> float:
        """Bound from which a node cannot lead to a plan worth looking for."""
        return self.objective - max(self.gap * 0.5 * abs(self.objective), 1e-9 * abs(self.objective))

    def offer(self, choice: Floats) -> bool:
        """Cost a choice of starts with every route priced; keep it if it is the best."""
        choice = np.round(choice)
        key = np.packbits(choice.astype(np.bool_)).tobytes()
        if key in self.tried:
            return False
        self.tried.add(key)
        if self.years is not None:
            return self.m.allows(choice) and self._offer_starts(self._starts(choice), self.years)
        self._reset_rows()
        # A first plan is worth more than the limit of time.
        self.m.deadline = math.inf if self.choice is None else self.interrupt.deadline
        value = self.m.evaluate(choice)
        self.m.deadline = self.interrupt.deadline
        if value < self.objective - 1e-9 * abs(self.objective if math.isfinite(self.objective) else 1.0):
            self.objective, self.choice, self.values = value, choice, self.m.x.copy()
            self.tell()
            return True
        return False

    def _offer_starts(self, start: Ints, years: Years) -> bool:
        """Cost starts period by period, without what their flows do without; keep them if they are the best."""
        start = years.trimmed(start, lambda other: self.m.allows(self._choice(other)))
        if not self._found(start, years.cost(start)):
            return False
        pair = self._pair
        self.m.add_routes(
            [
                (int(pair[y.period, k]), arcs)
                for y in years.years
                for k, arcs in y.taken()
                if pair[y.period, k] >= 0
            ]
        )
        return True

    def _found(self, start: Ints, value: float) -> bool:
        if not value < self.objective - 1e-9 * abs(self.objective if math.isfinite(self.objective) else 1.0):
            return False
        self.objective, self.choice, self.values = value, self._choice(start), None
        self.tell()
        return True

    def _choice(self, start: Ints) -> Floats:
        return np.array([1.0 if start[p] == s else 0.0 for p, s in self.m.starts])

    # -- plans -------------------------------------------------------------------------------------------------

    def capacity_scaling(self, pace: float, rounds: int) -> Floats:
        """Shrink every start to what is used of it; return how often each was used late in the process (n_starts,).

        ``pace`` is how far each round goes from the old size to the use; a start priced at cost / size pays its full
        cost once its use and size agree.
        """
        m = self.m
        self.phase = "scaling"
        size = np.ones(m.n_starts)
        x = self.root_point
        proposed = np.zeros(m.n_starts)
        unchanged = 0
        for k in range(rounds):
            size = (1.0 - pace) * size + pace * np.minimum(x, size)
            m.price_starts(m.start_cost / np.maximum(size, 3e-3))
            m.relax(rounds=3)
            before, x = x, m.point().copy()
            proposed += (x > WHOLE) * (k >= rounds // 3)
            unchanged = unchanged + 1 if np.array_equal(x > WHOLE, before > WHOLE) else 0
            settled = unchanged >= 4 or float(np.abs(x - before).max(initial=0.0)) < 1e-4
            if k % 5 == 4 or k == rounds - 1 or settled:
                m.price_starts(m.start_cost)
                self.offer(self.admitted(x))
            if settled or self.out_of_time():
                break
        m.price_starts(m.start_cost)
        return proposed

    def admitted(self, x: Floats) -> Floats:
        """Round ``x`` to a choice of starts that keeps the limits, the most wanted projects first."""
        m = self.m
        choice = np.zeros(m.n_starts)
        n = len(m.problem.projects)
        total = np.bincount(self.project_of, np.where(x > WHOLE, x, 0.0), minlength=n)
        must = np.array([p.mandatory for p in m.problem.projects], dtype=np.bool_)
        wanted = [int(p) for p in np.lexsort((-total, ~must)) if must[p] or total[p] > WHOLE]
        load = np.zeros(len(m.project_rows))
        placed = True
        while placed and wanted:
            placed = False
            for p in list(wanted):
                mine = np.flatnonzero(self.project_of == p)
                for j in mine[np.lexsort((self.period_of[mine], -x[mine]))]:
                    trial = load + self.limits[:, j]
                    if (trial <= self.most + 1e-9 * np.maximum(1.0, np.abs(self.most))).all():
                        choice[j], load = 1.0, trial
                        wanted.remove(p)
                        placed = True
                        break
        return choice

    def restricted(
        self,
        allowed: np.ndarray[Any, np.dtype[np.bool_]],
        nodes: int,
        fixed: Floats | None = None,
        changes: int | None = None,
    ) -> bool:
        """Solve over the present routes and the ``allowed`` starts in whole numbers, and offer what comes out.

        ``changes`` allows so many differences from the best plan (local branching: Fischetti and Lodi 2003).
        """
        m = self.m
        lp = m.h.getLp()
        upper = np.asarray(lp.col_upper_).copy()
        lower = np.asarray(lp.col_lower_).copy()
        upper[: m.n_starts] = np.where(allowed, 1.0, 0.0)
        lower[: m.n_starts] = 0.0
        if fixed is not None:
            lower[: m.n_starts] = fixed
        lp.col_upper_, lp.col_lower_ = upper, lower
        kinds = [highspy.HighsVarType.kContinuous] * lp.num_col_
        kinds[: m.n_starts] = [highspy.HighsVarType.kInteger] * m.n_starts
        lp.integrality_ = kinds
        h = new_solver()
        h.setOptionValue("mip_rel_gap", max(self.gap * 0.25, 1e-6))
        h.setOptionValue("mip_max_nodes", nodes)
        if self.seconds is not None:
            left = self.interrupt.deadline - time.monotonic()
            h.setOptionValue("time_limit", max(min(left, 0.2 * self.seconds), 0.1))
        h.passModel(lp)
        every = np.arange(m.n_starts, dtype=np.int32)
        if self.choice is not None:
            if changes is not None:
                sign = np.where(self.choice > 0.5, -1.0, 1.0)
                most = changes - float(self.choice.sum())
                h.addRow(-highspy.kHighsInf, most, m.n_starts, every, sign)
            h.setSolution(m.n_starts, every, self.choice)

        def stop(event: Any) -> None:
            if self.out_of_time():
                event.interrupt()

        h.cbMipInterrupt += stop
        h.run()
        status = h.getModelStatus()
        if status == highspy.HighsModelStatus.kSolveError:
            raise SolveError("HiGHS failed on the restricted programme and gave no plan")
        solution = h.getSolution()
        if solution.value_valid:
            x = np.asarray(solution.col_value)[: m.n_starts]
            if np.abs(x - np.round(x)).max(initial=0.0) < 1e-4:
                return self.offer(x)
        return False

    def find_plans(self) -> None:
        """Look for good plans from the root on."""
        m = self.m
        if m.wide and self.years is not None:
            self._try_plans(self.years)
            return
        self.phase = "plans"
        if np.abs(self.root_point - np.round(self.root_point)).max(initial=0.0) < WHOLE:
            self.offer(self.root_point)
        self.offer(self.admitted(self.root_point))
        for fallback in (np.zeros(m.n_starts), self.admitted(np.ones(m.n_starts))):
            if self.choice is None:
                self.offer(fallback)
        if self.good_enough() or self.out_of_time():
            return
        # A rounding that is nearly good enough is proven sooner by branching than bettered by scaling.
        if relative_gap(self.objective, self.bound) <= 3.0 * self.gap:
            return
        allowed = np.zeros(m.n_starts, dtype=np.bool_)
        for pace in (0.4, 0.2):
            allowed |= self.capacity_scaling(pace, 25) > 0.0
            if self.good_enough() or self.out_of_time():
                return
            if self.choice is not None:
                if self.years is not None and relative_gap(self.objective, self.bound) > 3.0 * self.gap:
                    self._thin(self.years)
                allowed |= self.choice > 0.5
            self.phase = "restricted"
            self.restricted(allowed & ~self._shut(), 200)
            if self.good_enough() or self.out_of_time():
                return
        if self.choice is None or relative_gap(self.objective, self.bound) <= 3.0 * self.gap:
            return
        # The root says little where fixed costs rule: search around the best plan instead.
        self.phase = "neighbourhood"
        changes = 8
        while changes <= 32 and not self.good_enough() and not self.out_of_time():
            near = (allowed | (self.root_point > WHOLE) | (self.choice > 0.5)) & ~self._shut()
            if not self.restricted(near, 200, changes=changes):
                changes *= 2

    def _try_plans(self, years: Years) -> None:
        """Dive, and better what comes out by changes that are costed year by year."""
        m = self.m

        def found(start: Ints, value: float) -> None:
            self._found(start, value)

        self.phase = "diving"
        for choice in (
            self.admitted(np.where(self.root_point > 0.05, self.root_point, 0.0)),
            np.zeros(m.n_starts),
        ):
            if m.allows(choice):
                start = self._starts(choice)
                found(start, years.cost(start))
        dived = dive(m, self.root_values, self.root_all_reduced, self.out_of_time)
        if dived is not None and m.allows(dived):
            start = self._starts(dived)
            found(start, years.cost(start))
        self.phase = "bettering"
        if self.choice is not None and not self.good_enough():
            search = LocalSearch(
                m, years.cost, self.root_point, lambda: self.out_of_time() or self.good_enough()
            )
            search.improve(self._starts(self.choice), self.objective, found)

    def _thin(self, years: Years) -> None:
        """Leave out each project of the best plan in turn, the dearest first, where that makes it cheaper."""
        assert self.choice is not None
        self.phase = "thinning"
        start = self._starts(self.choice)
        cost = [self.m.problem.discounted_cost(p, int(s)) if s >= 0 else 0.0 for p, s in enumerate(start)]
        for p in np.argsort(np.negative(cost), kind="stable"):
            if self.out_of_time() or self.good_enough():
                return
            if start[p] < 0 or self.m.problem.projects[p].mandatory:
                continue
            other = start.copy()
            other[p] = -1
            if self.m.allows(self._choice(other)) and years.cost(other) < self.objective:
                self._offer_starts(other, years)
                start = self._starts(self.choice)

    def _starts(self, choice: Floats) -> Ints:
        """Return the start of each project (n_projects,), -1 where it is not built."""
        start = np.full(len(self.m.problem.projects), -1, dtype=np.int64)
        for j in np.flatnonzero(choice > 0.5):
            start[self.m.starts[j][0]] = self.m.starts[j][1]
        return start

    def _shut(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Starts that no better plan holds: their reduced cost at the root exceeds what is left to gain."""
        shut: np.ndarray[Any, np.dtype[np.bool_]] = (
            self.root_bound + self.root_reduced > self.objective * (1.0 + 1e-9) + 1e-9
        )
        return shut

    # -- bounds ------------------------------------------------------------------------------------------------

    def root(self) -> None:
        """Bound the whole problem."""
        m = self.m
        self.root_bound = max(m.relax(), m.floor())
        self.root_point = m.point().copy()
        self.root_reduced = np.maximum(m.reduced[: m.n_starts], 0.0)
        self.root_values, self.root_all_reduced = m.x, m.reduced
        self.raise_bound(self.root_bound)

    def _reset_rows(self) -> None:
        for p, row in enumerate(self.once_row):
            if row >= 0 and not self.m.problem.projects[p].mandatory:
                self.m.h.changeRowBounds(row, -highspy.kHighsInf, 1.0)

    def _enter(self, node: _Node) -> None:
        shut = self._shut()
        self.m.limit_starts(
            np.where(shut & (node.lower < 0.5), 0.0, node.lower),
            np.where(shut & (node.lower < 0.5), 0.0, node.upper),
        )
        for p, row in enumerate(self.once_row):
            if row >= 0 and not self.m.problem.projects[p].mandatory:
                self.m.h.changeRowBounds(row, 1.0 if node.built[p] else -highspy.kHighsInf, 1.0)

    def _children(self, node: _Node, project: int, x: Floats) -> tuple[_Node, _Node]:
        """Split a node on a project: not built or built, else early or late."""
        mine = np.flatnonzero(self.project_of == project)
        total = float(x[mine].sum())
        a_lower, a_upper, a_built = node.lower.copy(), node.upper.copy(), node.built.copy()
        b_lower, b_upper, b_built = node.lower.copy(), node.upper.copy(), node.built.copy()
        if WHOLE < total < 1.0 - WHOLE:
            a_upper[mine] = 0.0
            if self.once_row[project] >= 0:
                b_built[project] = 1.0
            else:
                b_lower[mine] = 1.0
        else:
            used = mine[x[mine] > WHOLE]
            mean = float((x[used] * self.period_of[used]).sum() / x[used].sum())
            middle = min(
                max(math.floor(mean), int(self.period_of[used].min())), int(self.period_of[used].max()) - 1
            )
            a_upper[mine[self.period_of[mine] > middle]] = 0.0
            b_upper[mine[self.period_of[mine] <= middle]] = 0.0
        return (
            _Node(node.bound, 0, a_lower, a_upper, a_built, node.depth + 1),
            _Node(node.bound, 0, b_lower, b_upper, b_built, node.depth + 1),
        )

    def _candidates(self, x: Floats) -> list[tuple[float, int]]:
        """Projects that are not decided at ``x``, with how undecided they are."""
        n = len(self.m.problem.projects)
        total = np.bincount(self.project_of, x, minlength=n)
        found = [(float(total[p]), p) for p in range(n) if WHOLE < total[p] < 1.0 - WHOLE]
        if found:
            return found
        split = np.bincount(self.project_of, (x > WHOLE) & (x < 1.0 - WHOLE), minlength=n)
        return [(0.5, p) for p in range(n) if split[p] > 0.0]

    def _choose(self, node: _Node, x: Floats, value: float) -> tuple[int, Floats]:
        """Choose the project to branch on by pseudo-costs, tried out where none are known."""
        m = self.m
        candidates = self._candidates(x)
        known_up = self.up[:, 1] > 0
        known_down = self.down[:, 1] > 0
        mean_up = self.up[known_up, 0].sum() / max(self.up[known_up, 1].sum(), 1.0)
        mean_down = self.down[known_down, 0].sum() / max(self.down[known_down, 1].sum(), 1.0)

        def estimate(f: float, p: int) -> tuple[float, float]:
            rise = self.up[p, 0] / self.up[p, 1] if self.up[p, 1] else max(mean_up, 1e-6)
            fall = self.down[p, 0] / self.down[p, 1] if self.down[p, 1] else max(mean_down, 1e-6)
            return float(rise * (1.0 - f)), float(fall * f)

        def score(rise: float, fall: float) -> float:
            return max(rise, 1e-6) * max(fall, 1e-6)

        ranked = sorted(((score(*estimate(f, p)), f, p) for f, p in candidates), key=lambda c: (-c[0], c[2]))
        best, best_score = ranked[0][2], -1.0
        tries = 0
        basis = m.h.getBasis()
        for s, f, p in ranked[:16]:
            if min(self.up[p, 1], self.down[p, 1]) < 2 and tries < 8 and not self.out_of_time():
                tries += 1
                gains = []
                for child in self._children(node, p, x):
                    self._enter(child)
                    try:
                        gain = max(m.run() - value, 0.0)
                    except Infeasible:
                        gain = 10.0 * abs(value)
                    except OutOfTime:
                        gain = 0.0
                    gains.append(gain)
                    m.h.setBasis(basis)
                self.down[p] += [gains[0] / max(f, 1e-6), 1.0]
                self.up[p] += [gains[1] / max(1.0 - f, 1e-6), 1.0]
                s = score(gains[1], gains[0])
            if s > best_score:
                best, best_score = p, s
        return best, x

    def branch(self) -> None:
        """Raise the bound by branching until the gap is closed or a limit is reached."""
        m = self.m
        self.phase = "branching"
        n = m.n_starts
        number = 0
        heap = [_Node(self.root_bound, 0, np.zeros(n), np.ones(n), np.zeros(len(m.problem.projects)))]
        dive: _Node | None = None
        while (heap or dive is not None) and self.nodes < self.max_nodes and not self.out_of_time():
            node = dive if dive is not None else heapq.heappop(heap)
            dive = None
            if node.bound >= self.cutoff():
                if not heap:
                    break
                continue
            self.nodes += 1
            self._enter(node)
            try:
                bound = max(node.bound, m.relax(cutoff=self.cutoff()))
            except Infeasible:
                bound = math.inf
            node.bound = bound
            if bound < self.cutoff() and self.out_of_time():
                heapq.heappush(heap, node)
            elif bound < self.cutoff():
                x = m.point().copy()
                if not self._candidates(x):
                    value = m.value
                    behind, short = m.artificial()
                    if behind.max(initial=0.0) + short.max(initial=0.0) < 1e-6 * max(
                        1.0, float(m.demand.max(initial=0.0))
                    ):
                        self.offer(x)
                    # Interrupted pricing leaves a node open; a finished one is settled.
                    if value - bound > 1e-6 * abs(value):
                        heapq.heappush(heap, node)
                else:
                    value = m.value
                    project, x = self._choose(node, x, value)
                    children = self._children(node, project, x)
                    share = float(x[self.project_of == project].sum())
                    for child in children:
                        child.bound = bound
                        number += 1
                        child.number = number
                    later, sooner = children if share >= 0.5 else (children[1], children[0])
                    heapq.heappush(heap, later)
                    if node.depth < 40 and sooner.bound <= self.bound + 0.5 * (self.objective - self.bound):
                        dive = sooner
                    else:
                        heapq.heappush(heap, sooner)
                    if self.nodes % 50 == 0 and self.choice is not None:
                        self._neighbourhood(x)
            open_bounds = [heap[0].bound] if heap else []
            if dive is not None:
                open_bounds.append(dive.bound)
            floor = min(open_bounds, default=math.inf)
            # What was cut off at the cutoff is not proven better than it.
            self.raise_bound(min(floor, self.cutoff() if math.isfinite(self.objective) else floor))
            if self.good_enough():
                break
        else:
            if not heap and dive is None and math.isfinite(self.objective):
                self.raise_bound(self.cutoff())
        self._reset_rows()
        m.limit_starts(np.zeros(n), np.ones(n))

    def _neighbourhood(self, x: Floats) -> None:
        """Search where the best plan and the relaxation disagree (relaxation-induced neighbourhood)."""
        assert self.choice is not None
        agree = np.abs(x - self.choice) < WHOLE
        fixed = np.where(agree & (self.choice > 0.5), 1.0, 0.0)
        allowed = ~(agree & (self.choice < 0.5)) & ~self._shut()
        self._reset_rows()
        self.restricted(allowed | (fixed > 0.5), 200, fixed)
