"""Predicted hours at the road and rail crossings of Kazakhstan beside the published ones, and beside naive persistence.

The survey does not say at which crossings it counted, so the prediction is made for every population that it may mean: all
crossings that goods use, those with customs, and (rail) those where the gauge breaks. None was fitted to the outcome, but causes
were set with the figure of 2022 in view, so only 2020 and 2021 test them.

Usage: ``python benchmarks/crossings_field.py``. The built-in model is assigned once; then everything that the hours
rest on is drawn from its range many times. Published: CAREC Corridor Performance Measurement and Monitoring, mean hours at
border crossing points, by country page and key results of the reports of 2020 and 2022 (cpmm.carecprogram.org); the
number of shipments behind each figure is not given there. Persistence says that a year is as the one before.
"""

from __future__ import annotations

import json

import numpy as np
import polars as pl

from keruen.chain.congestion import congest
from keruen.chain.evidence import weigh
from keruen.crossings.analytic import Posts, mean_waits
from keruen.crossings.posts import Border, read_borders
from keruen.network import build
from keruen.tables.dataset import Dataset
from keruen.tables.folder import read_folder

DRAWS = 2000
LONGEST = (24.0, 96.0)  # hours after which vehicles no longer join an overfull queue
DEMAND, THROUGHPUT = (0.7, 1.0, 1.4), (0.7, 1.0, 1.5)
PUBLISHED = {
    "Kazakhstan, road": {2020: 8.6, 2021: 8.2, 2022: 4.3},
    "Kazakhstan, rail": {2020: 48.6, 2021: 57.2, 2022: 67.4},
    "all CAREC, road": {2019: 12.2, 2020: 15.1, 2021: 13.6, 2022: 9.9},
    "all CAREC, rail": {2021: 51.9, 2022: 40.6},
}
DIRECTIONS_2022 = {"road": (4.0, 4.6), "rail": (6.8, 78.0)}  # mean hours outbound and inbound


def ranges_of_causes(dataset: Dataset) -> dict[str, tuple[float, float, float]]:
    """Low, central and high hours that are no queue by crossing, from the assumption that each rests on."""
    assumptions = {row["assumption_id"]: row for row in dataset["assumption"].iter_rows(named=True)}
    found = {}
    for row in (
        dataset["lineage"].filter(table="delay_cause", rests_on_kind="assumption").iter_rows(named=True)
    ):
        a = assumptions[row["rests_on"]]
        low, middle, high = found.get(json.loads(row["row"])["crossing_id"], (0.0, 0.0, 0.0))
        found[json.loads(row["row"])["crossing_id"]] = (low + a["low"], middle + a["value"], high + a["high"])
    return found


def hours(
    border: Border,
    volume: tuple[float, float],
    cause: tuple[float, float, float],
    shared: np.ndarray,
    longest: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Hours at a crossing (DRAWS,) and the vehicles that they count for."""
    rng = np.random.default_rng([1, sum(border.crossing_id.encode())])
    demand, ability = rng.triangular(*DEMAND, DRAWS), rng.triangular(*THROUGHPUT, DRAWS)
    vehicles = max(border.vehicles(*volume))
    posts = Posts(
        tuple(np.asarray(s.lanes) for s in border.sides),
        tuple(np.asarray(s.hours_per_day) for s in border.sides),
        tuple(s.service_time / ability for s in border.sides),
        tuple(np.asarray(s.service_cv) for s in border.sides),
        np.asarray(border.sides[0].arrival_cv),
    )
    night, chance = mean_waits(posts, vehicles * demand)
    low, middle, high = cause
    # Causes err together: one survey stands behind them all. The triangle is drawn by its own distribution function.
    turn = (middle - low) / (high - low) if high > low else 0.5
    left = low + np.sqrt(shared * (high - low) * (middle - low))
    right = high - np.sqrt((1 - shared) * (high - low) * (high - middle))
    paper = np.where(shared < turn, left, right)
    return np.minimum(night + chance, longest) + border.handling_time / ability + paper, vehicles * demand


def main() -> None:
    folder, _ = read_folder("kazakhstan")
    dataset = weigh(folder, lambda step: None).dataset
    year = int(dataset["demand"]["year"].max())
    volumes = congest(dataset, build(dataset, year=year)).volumes
    causes = ranges_of_causes(dataset)
    rng = np.random.default_rng(1)
    shared, longest = rng.random(DRAWS), rng.uniform(*LONGEST, DRAWS)
    borders, _ = read_borders(dataset)
    gauges = gauge_breaks(dataset)
    populations = {
        "road": {"all": None, "with customs": lambda b: customs(b)},
        "rail": {
            "all": None,
            "with customs": lambda b: customs(b),
            "where the gauge breaks": lambda b: b.link_id in gauges,
        },
    }
    for kind, choices in populations.items():
        series = PUBLISHED[f"Kazakhstan, {kind}"]
        print(f"{kind}, hours published: {', '.join(f'{y}: {v}' for y, v in series.items())}; 2022 by direction: "
              f"{DIRECTIONS_2022[kind][0]} out, {DIRECTIONS_2022[kind][1]} in")  # fmt: skip
        for name, chosen in choices.items():
            total, weight, served = np.zeros(DRAWS), np.zeros(DRAWS), 0
            for border in borders:
                used = sum(volumes.get(border.crossing_id, (0.0, 0.0))) > 0.0
                ours = border.kind == kind and used and any(s.country == "KAZ" for s in border.sides)
                if ours and (chosen is None or chosen(border)):
                    spent, vehicles = hours(
                        border, volumes[border.crossing_id], causes[border.crossing_id], shared, longest
                    )
                    total, weight, served = total + spent * vehicles, weight + vehicles, served + 1
            low, middle, high = np.quantile(total / weight, [0.05, 0.5, 0.95])
            covered = [low <= value <= high for value in series.values()]
            fair = [low <= value <= high for y, value in series.items() if y < 2022]
            print(
                f"  model, {name} ({served} crossings, {year}): {middle:.1f} h, 90 % between {low:.1f} and {high:.1f}; inside "
                f"{sum(covered)} of {len(covered)}, of the years before 2022 {sum(fair)} of {len(fair)}; central error against "
                f"their mean {middle / np.mean(list(series.values())) - 1:+.0%}"
            )
        print(f"  {persistence(f'Kazakhstan, {kind}')}")
    changes = np.concatenate([log_changes(series) for series in PUBLISHED.values()])
    print(
        f"persistence over all {changes.size} pairs of years: median error {np.median(np.expm1(np.abs(changes))):.0%}, "
        f"worst {np.expm1(np.abs(changes)).max():.0%}; shipments behind each figure: not published on the pages read"
    )


def customs(border: Border) -> bool:
    return any(side.regime == "customs" for side in border.sides)


def gauge_breaks(dataset: Dataset) -> set[str]:
    """Links whose crossing joins railways of two gauges: one end is reached by a gauge that the other is not."""
    reached: dict[str, set[float]] = {}
    rails = dataset["link"].filter((pl.col("mode_id") == "rail") & pl.col("gauge").is_not_null())
    for start, end, gauge in rails.select("from_node_id", "to_node_id", "gauge").iter_rows():
        reached.setdefault(start, set()).add(gauge)
        reached.setdefault(end, set()).add(gauge)
    return {
        link
        for link, start, end in rails.select("link_id", "from_node_id", "to_node_id").iter_rows()
        if len(reached[start] | reached[end]) > 1
    }


def log_changes(series: dict[int, float]) -> np.ndarray:
    return np.array([np.log(series[y] / series[y - 1]) for y in series if y - 1 in series])


def persistence(name: str) -> str:
    """Forecast each year by the one before, with an interval from the changes of all the other series."""
    spread = np.concatenate([log_changes(series) for other, series in PUBLISHED.items() if other != name])
    half = 1.645 * float(np.sqrt((spread**2).mean()))
    series = PUBLISHED[name]
    changes = log_changes(series)
    return (
        f"persistence: median error {np.median(np.expm1(np.abs(changes))):.0%}; 90 % a factor of {np.exp(half):.2f} either way "
        f"(from {spread.size} pairs of the other series), inside {int((np.abs(changes) <= half).sum())} of {changes.size}"
    )


if __name__ == "__main__":
    main()
