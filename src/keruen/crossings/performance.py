"""How long goods wait at each crossing, why, and what it costs: the table ``crossing_performance``.

Receives tonnes a year in both directions, from ``flows`` or from a count, and hands on one row for each crossing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import polars as pl

from keruen.crossings.analytic import QueueWait, quota_delay
from keruen.crossings.posts import Border, Side, read_borders
from keruen.crossings.tandem import border_wait, visits
from keruen.errors import Finding, refuse_errors
from keruen.tables.dataset import Dataset
from keruen.tables.results import CrossingPerformance

Volumes = Mapping[str, tuple[float, float]]
"""Tonnes a year by crossing: along its link and against it."""


def performance(
    dataset: Dataset,
    volumes: Volumes,
    *,
    year: int,
    value_of_time: float | Mapping[str, float] | None = None,
) -> pl.DataFrame:
    """Return ``crossing_performance`` for the crossings that `volumes` names.

    Parameters
    ----------
    dataset
        Tables ``crossing``, ``post``, ``delay_cause``, ``link``, ``node``, ``mode``; ``commodity`` and ``flow`` or
        ``demand`` where the value of time is to come from them.
    volumes
        Tonnes a year by crossing, (forward, backward) along its link. A crossing that is not named is left out:
        unknown is not zero.
    year
        Year that the volumes are of.
    value_of_time
        USD/t-h of what passes, for all crossings or by crossing. None takes the mean of the goods on the crossing's
        link (``flow`` of that year), else of all demand, weighted by tonnes; without either the cost is null.

    Returns
    -------
    pl.DataFrame
        Schema :class:`~keruen.tables.results.CrossingPerformance`. ``wait``, ``wait_p90`` and ``cost_of_waiting`` are
        null where the queue grows without end; ``queue_growth`` says how fast.

    Raises
    ------
    InputError
        If a crossing is unknown or cannot serve, or a volume is negative or not finite.
    """
    refuse_errors(_check_volumes(volumes))
    borders, _ = read_borders(dataset, volumes)
    price = ValueOfTime(dataset, year, value_of_time)
    rows = [_row(border, *volumes[border.crossing_id], year, price(border)) for border in borders]
    frame = pl.DataFrame(rows, schema=CrossingPerformance.create_empty().schema, orient="row")
    return CrossingPerformance.validate(frame)


def _row(
    border: Border, forward: float, backward: float, year: int, value_of_time: float | None
) -> dict[str, object]:
    ahead, back = border.vehicles(forward, backward)
    there, here = border_wait(border, ahead), border_wait(border.reversed(), back)
    faces = [(border, ahead, there), (border.reversed(), back, here)]
    facing, arrivals, busier = faces[0] if ahead >= back else faces[1]
    quotas = [face.quota(year) for face, _, _ in faces]
    let_in = all(q is None or rate < q for q, (_, rate, _) in zip(quotas, faces, strict=True))
    stable = there.stable and here.stable and let_in
    quota = quotas[0] if ahead >= back else quotas[1]
    delay = None
    if quota is not None and arrivals < quota:
        delay = float(quota_delay(arrivals, quota, facing.sides[0].arrival_cv)[0])
    cost = None
    if stable and value_of_time is not None:
        # A vessel brings and takes on one call, so both directions wait in the one queue.
        one_queue = border.kind == "port"
        lost = (
            forward * (busier if one_queue else there).mean + backward * (busier if one_queue else here).mean
        )
        cost = lost * value_of_time
    one_side = len(border.sides) < 2
    throughput = border.throughput
    growth = max(
        [busier.growth, *(rate - q for q, (_, rate, _) in zip(quotas, faces, strict=True) if q is not None)]
    )
    return {
        "crossing_id": border.crossing_id,
        "year": year,
        "vehicles_per_day": arrivals,
        "throughput": throughput,
        "weaker_side": border.tightest.country,
        "utilisation": busier.utilisation,
        "wait": busier.mean if stable else None,
        "wait_p90": busier.p90 if stable else None,
        "other_delay": border.other_delay,
        "cost_of_waiting": cost,
        "stable": stable,
        "handling_time": border.handling_time,
        "queue_growth": None if stable else growth,
        "binds": _binds(facing, busier, delay, stable, let_in, arrivals),
        "direction": None if one_side else facing.direction,
        "vehicles_per_day_back": None if one_side else min(ahead, back),
        "quota_delay": delay,
    }


def _binds(
    facing: Border, busier: QueueWait, quota: float | None, stable: bool, let_in: bool, arrivals: float
) -> str:
    """Name the largest part of the time at the crossing."""
    tightest = facing.tightest
    name = tightest.country if isinstance(tightest, Side) else tightest.name
    if not stable:
        return f"throughput of {name}" if let_in else f"quota of {facing.sides[-1].country}"
    parts = {
        f"lanes of {name}": busier.chance,
        "opening hours": busier.night,
        f"quota of {facing.sides[-1].country}": quota or 0.0,
        "delay that is no queue": facing.other_delay,
        "handling": facing.handling_time,
    }
    sailing = {f"sailings of {v.stop.name}": v.sailing for v in visits(facing, arrivals) if v.stop.sails}
    parts["opening hours"] -= sum(sailing.values())
    return max(parts | sailing, key=lambda part: (parts | sailing)[part])


def _check_volumes(volumes: Volumes) -> list[Finding]:
    return [
        Finding(
            "volumes",
            crossing,
            direction,
            str(value),
            "must be a finite number of tonnes, at least 0",
            "give tonnes a year",
        )
        for crossing, pair in volumes.items()
        for direction, value in zip(("forward", "backward"), pair, strict=True)
        if not (math.isfinite(value) and value >= 0.0)
    ]


class ValueOfTime:
    """Value of an hour [USD/t-h] of what passes a crossing.

    Parameters
    ----------
    dataset
        Tables ``commodity`` and ``flow`` or ``demand``, where it is not given.
    year
        Year of the flows; None for the latest.
    given
        USD/t-h for all crossings or by crossing.
    """

    def __init__(self, dataset: Dataset, year: int | None, given: float | Mapping[str, float] | None) -> None:
        self._given = given
        self._by_link: dict[str, float] = {}
        self._all: float | None = None
        if given is not None or not dataset.has("commodity"):
            return
        value = dataset["commodity"].select("commodity_id", "value_of_time")
        weighted = (pl.col("tonnes") * pl.col("value_of_time")).sum() / pl.col("tonnes").sum()
        # Sums depend on the order of rows in the last digit; sorting keeps the bytes.
        of_year = pl.col("year") == (pl.col("year").max() if year is None else year)
        flows = dataset["flow"].filter(of_year).join(value, on="commodity_id").sort(pl.all())
        by_link = flows.filter(pl.col("tonnes") > 0).group_by("link_id", maintain_order=True).agg(weighted)
        self._by_link = dict(by_link.iter_rows())
        demand = dataset["demand"].join(value, on="commodity_id").filter(pl.col("tonnes") > 0).sort(pl.all())
        if demand.height:
            self._all = float(demand.select(weighted).item())

    def __call__(self, border: Border) -> float | None:
        """Return the value at one crossing; None where it is not known."""
        if isinstance(self._given, Mapping):
            return self._given.get(border.crossing_id)
        if self._given is not None:
            return float(self._given)
        return self._by_link.get(border.link_id or "", self._all)
