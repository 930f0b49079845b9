"""Answers to what people ask of a plan, as lines of text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import polars as pl

from keruen.plans.answers import choices, earnings, payers, regret, worth_of_limits
from keruen.plans.door import PlanResult, dollars
from keruen.plans.programme import MILLION


def answer_lines(
    result: PlanResult, *, alternatives: int, limits: bool, regrets: bool, by: int | None, budget: float | None,
    gap: float, progress: Callable[[str], None],
) -> tuple[list[str], pl.DataFrame | None]:  # fmt: skip
    """Return the lines that were asked for, and the table of regrets or None."""
    names = dict(result.dataset["project"].select("project_id", "name").iter_rows())
    lines = [*_earned(result, names), *_paid(result), *_judged(result, names)]
    if alternatives:
        progress("looking for other plans")
        lines += _others(result, alternatives, names)
    if limits:
        lines += worth_of_limits(result, gap=gap, progress=progress)
    weighed = None
    if regrets:
        weighed = regret(result, by=by, budget=budget, gap=gap, progress=progress)
        best = weighed.row(0, named=True)
        least = dollars(best["worst"] / MILLION)
        lines.append(
            f"Regret: the plan '{best['plan']}' is at worst {least} dearer than the best plan for the scenario that comes true."
        )
    return lines, weighed


def _earned(result: PlanResult, names: dict[str, str]) -> Iterator[str]:
    found = earnings(result)
    for row in found.head(found.height - 1).iter_rows(named=True):
        yield (
            f"Earns: {names[row['project_id']]}: {dollars(row['alone'] / MILLION)} net as the only new project, "
            f"{dollars(row['last'] / MILLION)} net as the last to join the plan."
        )
    if found.height > 2:
        together = found["last"][-1] / MILLION
        yield f"Earns: all together {dollars(together)} net; apart, {dollars(float(found['alone'].sum()) / MILLION)}."


def _paid(result: PlanResult) -> Iterator[str]:
    found = payers(result)
    for (party,), rows in found.group_by("party", maintain_order=True):
        years = ", ".join(
            f"{r['year']}: {dollars(r['capital'] / MILLION)}" for r in rows.iter_rows(named=True)
        )
        yield f"Pays: {party}: {dollars(float(rows['capital'].sum()) / MILLION)} ({years})."


def _judged(result: PlanResult, names: dict[str, str]) -> Iterator[str]:
    """Say of which chosen projects the cost rests on no announced figure."""
    lineage = result.dataset["lineage"]
    if not lineage.height:
        return
    cost = lineage.filter((pl.col("table") == "project") & (pl.col("column") == "cost"))
    rests = cost.filter(pl.col("rests_on_kind") == "figure")["row"].to_list()
    announced = {json.loads(row)["project_id"] for row in rests}
    stage = dict(result.dataset["project"].select("project_id", "stage").iter_rows())
    for name in result.dataset["plan"].filter("selected")["project_id"].sort():
        if name not in announced and stage[name] not in ("under_construction", "completed"):
            yield f"Careful: the cost of {names[name]} is judged, not announced: no statement gives it."


def _others(result: PlanResult, count: int, names: dict[str, str]) -> Iterator[str]:
    found = choices(result, count=count)
    best = _starts(found.plans, 0)
    n_plans = int(found.plans["plan"].max() or 0)  # type: ignore[arg-type]
    yield f"Other plans: {n_plans} that cost at most {dollars(found.within / MILLION)} more, 2 % of what the works cost, and differ."
    for i in range(1, n_plans + 1):
        mine = _starts(found.plans, i)
        extra = float(found.plans.filter(pl.col("plan") == i)["costs_more"][0]) / MILLION
        apart = []
        for name in sorted(best):
            if mine[name] == best[name]:
                continue
            if mine[name] is None:
                apart.append(f"without {names[name]}")
            elif best[name] is None:
                apart.append(f"with {names[name]} from {mine[name]}")
            else:
                apart.append(f"{names[name]} from {mine[name]} instead of {best[name]}")
        yield f"  {i}. {'; '.join(apart)}: {dollars(extra)} more."
    waits = [names[n] + (" (built in all of them)" if n in found.must_have else "") for n in found.can_wait]
    firm = [names[n] for n in found.must_have if n not in found.can_wait]
    yield f"Must have, at once: {', '.join(firm) or 'none of the new projects'}."
    yield f"Can wait: {', '.join(waits) or 'none of the new projects'}."


def _starts(plans: pl.DataFrame, number: int) -> dict[str, int | None]:
    return dict(plans.filter(pl.col("plan") == number).select("project_id", "start_year").iter_rows())
