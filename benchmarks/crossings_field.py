"""Predicted hours at the road and rail crossings of Kazakhstan beside the published ones, and beside naive persistence.

Usage: ``python benchmarks/crossings_field.py``. The built-in model is assigned once; then everything that the hours
rest on is drawn from its range many times. Published: CAREC Corridor Performance Measurement and Monitoring, mean hours at
border crossing points, by country page and key results of the reports of 2020 and 2022 (cpmm.carecprogram.org); the
number of shipments behind each figure is not given there. Persistence says that a year is as the one before.
"""

from __future__ import annotations

import json

import numpy as np

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
    persistence = [
        abs(series[y] - series[y - 1]) / series[y]
        for series in PUBLISHED.values()
        for y in series
        if y - 1 in series
    ]
    for kind in ("road", "rail"):
        total, weight, served = np.zeros(DRAWS), np.zeros(DRAWS), 0
        for border in borders:
            used = sum(volumes.get(border.crossing_id, (0.0, 0.0))) > 0.0
            if border.kind == kind and used and any(s.country == "KAZ" for s in border.sides):
                spent, vehicles = hours(
                    border, volumes[border.crossing_id], causes[border.crossing_id], shared, longest
                )
                total, weight, served = total + spent * vehicles, weight + vehicles, served + 1
        low, middle, high = np.quantile(total / weight, [0.05, 0.5, 0.95])
        series = PUBLISHED[f"Kazakhstan, {kind}"]
        covered = sum(low <= value <= high for value in series.values())
        print(
            f"{kind}: {served} crossings used in {year}; predicted {middle:.1f} h, 90 % between {low:.1f} and {high:.1f};"
            f" published {', '.join(f'{y}: {v}' for y, v in series.items())}; inside {covered} of {len(series)};"
            f" central error against the latest {abs(middle / series[max(series)] - 1):.0%}"
        )
    print(
        f"persistence over {len(persistence)} pairs of years: median error {np.median(persistence):.0%},"
        f" worst {max(persistence):.0%}"
    )


if __name__ == "__main__":
    main()
