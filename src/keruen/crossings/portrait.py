"""What people look at: the queue over the day, the wait, its rise with the volume, and which crossing to rebuild first.

Receives a dataset whose goods were sent; hands on the tables ``crossing_hour``, ``crossing_wait``, ``crossing_curve`` and
``rebuild_ranking`` for the crossings where goods wait longest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

import numpy as np
import polars as pl

from keruen.crossings.delay import fit_delay, formula_waits
from keruen.crossings.door import simulate
from keruen.crossings.performance import Volumes
from keruen.crossings.posts import Border, read_borders
from keruen.crossings.reconstruction import PREFIX, Works, reconstruction_ranking
from keruen.tables.dataset import Dataset
from keruen.tables.results import CrossingCurve, CrossingHour, CrossingWait, RebuildRanking

MOST_SHOWN = 6
"""Crossings that are drawn: those where goods wait longest, and those described station by station."""

_DAYS, _REPLICATIONS, _DRAWS = 28, 4, 200


def portraits(dataset: Dataset, volumes: Volumes, *, year: int, seed: int = 1) -> Mapping[str, pl.DataFrame]:
    """Return the tables that the pictures of crossings are drawn from; one without rows is left out.

    Parameters
    ----------
    dataset
        With ``crossing_performance`` of `year`, and ``flow`` where crossings are to be ranked.
    volumes
        Tonnes a year by crossing, (forward, backward).
    year
        Year of the volumes.
    seed
        The same seed gives the same bytes.

    Notes
    -----
    Candidates of the ranking are the road crossings that carry goods and are known well enough to be ranked; it is left out where the dataset does not declare the
    assumptions of :func:`keruen.crossings.reconstruction_ranking`.
    """
    shown = _shown(dataset, year)
    tables: dict[str, pl.DataFrame] = {}
    if shown:
        result = simulate(dataset, shown, days=_DAYS, replications=_REPLICATIONS, seed=seed)
        dated = pl.lit(year, dtype=pl.Int64).alias("year")
        tables["crossing_hour"] = _as(CrossingHour, result.by_hour.with_columns(dated))
        quantiles = result.distribution.with_columns(
            dated, percent=(100.0 * pl.col("probability")).round().cast(pl.Int64),
            low=pl.when(pl.col("wait_low").is_finite()).then("wait_low"),
            high=pl.when(pl.col("wait_high").is_finite()).then("wait_high"),
        )  # fmt: skip
        tables["crossing_wait"] = _as(CrossingWait, quantiles)
        borders, _ = read_borders(dataset, shown)
        rows = [row for border in borders for row in _curve(border, volumes[border.crossing_id], year)]
        tables["crossing_curve"] = _as(CrossingCurve, pl.DataFrame(rows))
    declared = set(dataset["assumption"]["assumption_id"].to_list())
    known = dataset["crossing"].filter((pl.col("kind") == "road") & (pl.col("grade") <= "C"))["crossing_id"]
    candidates = sorted(c for c in known.to_list() if sum(volumes.get(c, ())) > 0.0)
    if (
        len(candidates) > 1
        and dataset.has("commodity")
        and all(PREFIX + f.name in declared for f in fields(Works))
    ):
        answer = reconstruction_ranking(dataset, candidates, volumes=volumes, draws=_DRAWS, seed=seed)
        robust = pl.lit(answer.robust_share if np.isfinite(answer.robust_share) else None, dtype=pl.Float64)
        tables["rebuild_ranking"] = _as(RebuildRanking, answer.ranking.with_columns(robust_share=robust))
    return tables


def _as(
    schema: type[CrossingHour | CrossingWait | CrossingCurve | RebuildRanking], frame: pl.DataFrame
) -> pl.DataFrame:
    return schema.validate(frame.select(schema.create_empty().columns), cast=True)


def _shown(dataset: Dataset, year: int) -> list[str]:
    """Return the crossings to draw, those of a grade that can be ranked, the longest waits first."""
    described = sorted(set(dataset["station"]["crossing_id"].to_list()))
    known = (
        dataset["crossing_performance"]
        .filter((pl.col("year") == year) & (pl.col("vehicles_per_day") > 0.0))
        .join(dataset["crossing"].select("crossing_id", "grade"), on="crossing_id")
        .filter(pl.col("grade") <= "C")
        .sort(
            ~pl.col("crossing_id").is_in(described), "stable", -pl.col("wait").fill_null(0.0), "crossing_id"
        )
    )
    return known["crossing_id"].head(MOST_SHOWN).to_list()


def _curve(border: Border, volume: tuple[float, float], year: int) -> list[dict[str, object]]:
    """Return the delay by formula and by the fitted function at each use of the throughput."""
    function = fit_delay(border, *volume)
    uses, waits = formula_waits(border if volume[0] >= volume[1] else border.reversed())
    always = border.handling_time + border.other_delay
    return [
        {"crossing_id": border.crossing_id, "year": year, "percent": round(100.0 * use), "formula": always + wait,
         "fitted": function(use * function.throughput_t_per_year)}
        for use, wait in zip(uses.tolist(), waits.tolist(), strict=True)
    ]  # fmt: skip
