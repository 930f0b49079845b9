"""The wait by formula beside the simulated one, over posts of many kinds: the worst error and the usual one.

Usage: ``python benchmarks/crossing_waits.py [--days 1000]``. For each use of the weaker side it prints the median and the
largest relative error of the formula, of Allen and Cunneen's formula applied to both sides in the same way, and of the
fitted delay function. Errors are relative to the time at the crossing (wait and handling), which is what routes are chosen
by, and to the wait alone.
"""

from __future__ import annotations

import argparse
import itertools
import statistics

from keruen.crossings import theory
from keruen.crossings.analytic import queue_wait
from keruen.crossings.delay import fit_delay
from keruen.crossings.layout import Traffic
from keruen.crossings.posts import Border, Side
from keruen.crossings.staged import simulate_border


def borders() -> list[Border]:
    found = []
    shapes = itertools.product(((1, 2), (4, 4), (8, 6)), (24.0, 12.0), (0.5, 1.0), (0.7, 1.0, 1.5))
    for (first, second), hours, service_cv, arrival_cv in shapes:
        sides = tuple(
            Side(country, "customs", lanes, hours, 0.4, service_cv, arrival_cv)
            for country, lanes in (("KAZ", first), ("CHN", second))
        )
        found.append(Border("toy", "toy", "road", "A", sides, 20.0, 0.0, 0.0, "toy"))
    return found


def allen_cunneen(border: Border, vehicles: float) -> float:
    wait, arrival_cv, night = 0.0, border.sides[0].arrival_cv, 0.0
    for side in border.sides:
        rho = vehicles / side.throughput
        slowed = side.service_time * 24.0 / side.hours_per_day
        spread = (arrival_cv**2 + side.service_cv**2) / 2.0
        wait += float(theory.wait_mmc(side.lanes, slowed, rho)) * spread
        night = max(night, float(theory.wait_for_opening(side.hours_per_day, rho)))
    return wait + night


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, default=1000)
    days = parser.parse_args().days
    print(
        f"{'use':>5} {'cases':>6}   formula            Allen-Cunneen      delay function     p90 by formula"
    )
    print(f"{'':>5} {'':>6}   median     worst    median     worst    median     worst    median     worst")
    for rho in (0.5, 0.7, 0.8, 0.9, 0.95):
        errors: dict[str, list[float]] = {name: [] for name in ("formula", "allen", "delay", "p90")}
        worst = ("", 0.0)
        for border in borders():
            vehicles = rho * border.weaker.throughput
            run = simulate_border(
                border, Traffic(vehicles, border.sides[0].arrival_cv), days=days, seed=3, replications=4
            )
            wait, handling = float(run.wait.mean()), border.handling_time
            formula = queue_wait(border.sides, vehicles)
            delay = fit_delay(border)(rho * border.tonnes_at_throughput()) - handling
            total = wait + handling
            errors["formula"].append(abs(formula.mean - wait) / total)
            errors["allen"].append(abs(allen_cunneen(border, vehicles) - wait) / total)
            errors["delay"].append(abs(delay - wait) / total)
            p90 = run.quantile(0.9).mean
            errors["p90"].append(abs(formula.p90 - p90) / (p90 + handling))
            if errors["formula"][-1] > worst[1]:
                side = border.sides[0]
                lanes = "/".join(f"{s.lanes:g}" for s in border.sides)
                worst = (
                    f"lanes {lanes}, {side.hours_per_day:g} h, service cv {side.service_cv}, arrival cv {side.arrival_cv}:"
                    f" formula {formula.mean:.2f} h, simulated {wait:.2f} h",
                    errors["formula"][-1],
                )
        cells = "  ".join(f"{statistics.median(e):8.1%}  {max(e):8.1%}" for e in errors.values())
        print(f"{rho:5.2f} {len(errors['formula']):6d} {cells}\n      worst: {worst[0]}")


if __name__ == "__main__":
    main()
