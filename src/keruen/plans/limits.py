"""Limits on which projects start when, each a row over the starts: once each, order, exclusion, money, crews, number."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from keruen.plans.problem import DesignProblem, Floats, Ints


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """A limit on starts: lower <= sum of coefficient x start <= upper, with its name in words."""

    name: str
    columns: Ints
    coefficients: Floats
    lower: float
    upper: float


def start_columns(q: DesignProblem) -> list[tuple[int, int]]:
    """Every (project, period) in which the project may start and still serve within the horizon."""
    return [
        (p, s) for p in range(len(q.projects)) for s in range(q.projects[p].earliest, q.last_start(p) + 1)
    ]


def project_rows(q: DesignProblem, starts: list[tuple[int, int]]) -> list[ProjectRow]:
    """Return the rows that hold only starts: once each, order, exclusion, money, crews, number."""
    rows: list[ProjectRow] = []
    of: list[list[int]] = [[] for _ in q.projects]
    for j, (p, _) in enumerate(starts):
        of[p].append(j)

    def add(name: str, terms: dict[int, float], lower: float, upper: float) -> None:
        columns = np.array([j for j, c in terms.items() if c != 0.0], dtype=np.int64)
        coefficients = np.array([c for c in terms.values() if c != 0.0])
        if columns.size or lower > 0.0:
            rows.append(ProjectRow(name, columns, coefficients, lower, upper))

    for p, project in enumerate(q.projects):
        if project.mandatory:
            add(f"{project.name} must be built", dict.fromkeys(of[p], 1.0), 1.0, 1.0)
        elif len(of[p]) > 1:
            add(f"{project.name} starts once", dict.fromkeys(of[p], 1.0), -math.inf, 1.0)
    for a, b in q.requires:
        for s in sorted({starts[j][1] for j in of[a]}):
            terms = {j: 1.0 for j in of[a] if starts[j][1] <= s}
            for j in of[b]:
                if starts[j][1] + q.projects[b].duration <= s:
                    terms[j] = terms.get(j, 0.0) - 1.0
            add(f"{q.projects[a].name} requires {q.projects[b].name}", terms, -math.inf, 0.0)
    for a, b in q.excludes:
        terms = dict.fromkeys(of[a] + of[b], 1.0)
        add(f"{q.projects[a].name} excludes {q.projects[b].name}", terms, -math.inf, 1.0)
    spent = np.array([q.spending(p, s) for p, s in starts]).reshape(len(starts), q.n_periods)
    for t in range(q.n_periods):
        if q.budget is not None and math.isfinite(q.budget[t]):
            add(f"budget of period {t}", dict(enumerate(spent[:, t])), -math.inf, float(q.budget[t]))
        if q.cumulative_budget is not None and math.isfinite(q.cumulative_budget[t]):
            so_far = dict(enumerate(spent[:, : t + 1].sum(axis=1)))
            add(f"budget up to period {t}", so_far, -math.inf, float(q.cumulative_budget[t]))
        if q.crew is not None and q.workers is not None:
            for k in range(q.workers.shape[1]):
                crew = {
                    j: float(q.crew[p, k])
                    for j, (p, s) in enumerate(starts)
                    if s <= t < s + max(q.projects[p].duration, 1)
                }
                add(f"workers of skill {k} in period {t}", crew, -math.inf, float(q.workers[t, k]))
        now = {j: 1.0 for j, (_, s) in enumerate(starts) if s == t}
        if q.least_starts is not None or q.most_starts is not None:
            least = -math.inf if q.least_starts is None else float(q.least_starts[t])
            most = math.inf if q.most_starts is None else float(q.most_starts[t])
            add(f"number of starts in period {t}", now, least, most)
    return rows
