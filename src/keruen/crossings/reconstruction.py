"""Which crossings to rebuild first: hours and money saved for a dollar, and how much of that order is certain.

Rebuilding adds lanes. Throughput is the weaker side's, so one side alone may gain nothing: works on both sides are
counted, and works on one side are shown beside them. While works go on fewer lanes are open, and that loss is
subtracted. Nearly every input is uncertain, so the answer is drawn many times; the part of the order that holds in nearly all
draws is called robust and the rest is not an order.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np
import polars as pl

from keruen.crossings.analytic import Posts, mean_waits
from keruen.crossings.performance import ValueOfTime, Volumes
from keruen.crossings.posts import DAYS_PER_YEAR, Border, read_borders
from keruen.crossings.theory import Array
from keruen.errors import Finding, InputError, refuse_errors
from keruen.tables.dataset import Dataset

PREFIX = "reconstruction_"
ROBUST = 0.9
"""Share of draws in which one crossing must come before another for their order to be called robust."""

TIE = 0.01
"""Dollars saved per dollar by which two crossings must differ to have an order at all."""


@dataclass(frozen=True, slots=True)
class Range:
    """A central value with the ends of its plausible range; drawn from the triangle that they span."""

    value: float
    low: float
    high: float

    def draw(self, rng: np.random.Generator, n: int) -> Array:
        """Return n draws."""
        if self.low == self.high:
            return np.full(n, self.value)
        return rng.triangular(self.low, self.value, self.high, n)


@dataclass(frozen=True, slots=True)
class Works:
    """What rebuilding a crossing does and costs, each with its range.

    Parameters
    ----------
    lanes_factor
        Lanes after over lanes before, at a rebuilt side.
    cost_per_lane
        Capital cost of a rebuilt side for each lane that it then has [USD].
    duration
        Works [year].
    open_share
        Share of the lanes that stay open during works.
    longest_wait
        Wait [h] beyond which vehicles go elsewhere or stay at home; it bounds the loss at an overfull post.
    demand_error, throughput_error
        True over assumed demand and throughput, drawn for each crossing by itself.
    demand_growth
        Growth of demand [1/year], the same for all.
    discount_rate
        Discount rate [1/year].
    life
        Years of service that are counted [year].
    """

    lanes_factor: Range
    cost_per_lane: Range
    duration: Range
    open_share: Range
    longest_wait: Range
    demand_error: Range
    throughput_error: Range
    demand_growth: Range
    discount_rate: Range
    life: Range


_LIMITS = {
    "lanes_factor": (1.0, 20.0), "cost_per_lane": (1.0, 1e10), "duration": (0.0, 20.0), "open_share": (0.01, 1.0),
    "longest_wait": (0.1, 8760.0), "demand_error": (0.01, 100.0), "throughput_error": (0.01, 100.0),
    "demand_growth": (-0.5, 0.5), "discount_rate": (0.0, 0.5), "life": (1.0, 100.0),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReconstructionRanking:
    """Candidates in order, and how certain the order is.

    Parameters
    ----------
    ranking
        One row per crossing, best first by its mean place over the draws: ``rank``, ``place`` with ``place_low`` and
        ``place_high`` (90 % of draws; crossings that tie share the middle of their places), ``tier``,
        ``vehicles_per_day``, ``utilisation``, ``wait_before``, ``wait_after``, ``wait_during_works`` [h],
        ``cost`` [USD], ``hours_per_dollar`` (vehicle-hours) and ``money_per_dollar`` [USD/USD], both with low and high
        ends (5 % and 95 %), ``money_one_side`` (the same where only the weaker side is rebuilt), ``pays`` (share of draws
        in which the money saved exceeds the cost), ``grade``. Crossings below grade C come last, without a rank.
    pairs
        One row per pair of ranked crossings: ``first``, ``second``, ``probability`` that the first saves more money per
        dollar (by more than :data:`TIE`; a tie counts half), ``robust``.
    robust_share
        Share of the pairs whose order is robust.
    draws
        Draws made.
    """

    ranking: pl.DataFrame
    pairs: pl.DataFrame
    robust_share: float
    draws: int

    @property
    def verdict(self) -> str:
        """What of the order is robust, in sentences."""
        ranked = self.ranking.drop_nulls("rank")
        if ranked.height < 2:
            return "There are no two crossings to put in an order."
        robust = self.pairs.filter("robust")
        if robust.is_empty():
            return (
                f"None of the {self.pairs.height} pairs has a robust order (one before the other in nine draws of ten): what is "
                "known does not say which to rebuild first."
            )
        beats = (
            robust.group_by("first", maintain_order=True)
            .len()
            .sort("len", descending=True, maintain_order=True)
        )
        told = "; ".join(
            f"{name} before {n} other{'s' if n > 1 else ''}" for name, n in beats.head(5).iter_rows()
        )
        tiers = ranked["tier"].n_unique()
        groups = (
            "All stand in one tier: no group comes before the rest as a whole."
            if tiers == 1
            else f"There are {tiers} tiers, and every crossing of one comes before every crossing of the next."
        )
        return (
            f"{self.robust_share:.0%} of the {self.pairs.height} pairs have a robust order (one before the other in nine draws "
            f"of ten), most of all {told}. {groups}"
        )


def volumes_from_flows(dataset: Dataset, year: int | None = None) -> dict[str, tuple[float, float]]:
    """Return tonnes a year by crossing, along its link and against it, from the table ``flow``.

    Parameters
    ----------
    dataset
        Tables ``flow``, ``crossing`` and ``link``. Ports, whose volume lies on transfers, are left out.
    year
        Year of the flows; None for the latest.
    """
    flows = dataset["flow"].filter(pl.col("year") == (pl.col("year").max() if year is None else year))
    starts = dataset["crossing"].join(dataset["link"].select("link_id", start="from_node_id"), on="link_id")
    along = pl.col("tonnes").filter(pl.col("from_node_id") == pl.col("start")).sum()
    against = pl.col("tonnes").filter(pl.col("from_node_id") != pl.col("start")).sum()
    table = (
        starts.select("crossing_id", "link_id", "start")
        .join(flows, on="link_id")
        .sort(pl.all())
        .group_by("crossing_id", maintain_order=True)
        .agg(along.alias("along"), against.alias("against"))
    )
    return {name: (ahead, back) for name, ahead, back in table.iter_rows()}


def volumes_by_throughput(
    dataset: Dataset, crossings: Iterable[str], vehicles_per_year: float
) -> dict[str, tuple[float, float]]:
    """Return tonnes a year by crossing where only the count of a whole border is known.

    Vehicles are shared among the crossings by their throughput and split evenly between the directions. All then are as
    full as each other, so an order that rests on this is one of size, and `demand_error` must be wide.

    Parameters
    ----------
    dataset
        As for :func:`keruen.crossings.performance`.
    crossings
        Crossings of the border.
    vehicles_per_year
        Vehicles in both directions, empty ones among them.

    Raises
    ------
    InputError
        If a crossing is unknown or cannot serve, or the count is not above 0.
    """
    borders, _ = read_borders(dataset, list(crossings))
    if not (math.isfinite(vehicles_per_year) and vehicles_per_year > 0.0):
        raise InputError(
            [Finding("option", "", "vehicles_per_year", str(vehicles_per_year), "must be above 0",
                     "give the vehicles that pass the border in a year")]
        )  # fmt: skip
    whole = sum(border.weaker.throughput for border in borders)
    volumes = {}
    for border in borders:
        vehicles = vehicles_per_year / 2.0 * border.weaker.throughput / whole
        tonnes = vehicles * border.payload / (1.0 + border.empty_return_share)
        volumes[border.crossing_id] = (tonnes, tonnes)
    return volumes


def read_works(dataset: Dataset) -> Works:
    """Return the ranges that the table ``assumption`` declares as ``reconstruction_lanes_factor`` and so on.

    Raises
    ------
    InputError
        If one is missing or out of bounds; all faults together.
    """
    rows = {row["assumption_id"]: row for row in dataset["assumption"].iter_rows(named=True)}
    ranges, findings = {}, []
    for field in fields(Works):
        row = rows.get(PREFIX + field.name)
        if row is None:
            findings.append(
                Finding("assumption", PREFIX + field.name, "", "", "is not declared",
                        "add the value with its range and reason")
            )  # fmt: skip
        else:
            ranges[field.name] = Range(row["value"], row["low"], row["high"])
    refuse_errors(findings)
    works = Works(**ranges)
    refuse_errors(_check(works))
    return works


def reconstruction_ranking(
    dataset: Dataset,
    candidates: Iterable[str] | None = None,
    *,
    volumes: Volumes | None = None,
    works: Works | None = None,
    value_of_time: float | None = None,
    draws: int = 2000,
    seed: int = 1,
) -> ReconstructionRanking:
    """Rank crossings by what rebuilding both sides saves for a dollar.

    Parameters
    ----------
    dataset
        As for :func:`keruen.crossings.performance`; ``flow`` where volumes are not given, ``assumption`` where works
        are not.
    candidates
        Crossings to rank; None for every road crossing with a known volume.
    volumes
        Tonnes a year by crossing, (forward, backward); None takes the latest flows.
    works
        What rebuilding does and costs; None reads the assumptions.
    value_of_time
        USD/t-h; None as in :func:`keruen.crossings.performance`.
    draws, seed
        The same seed gives the same bytes. A crossing's draws do not depend on the other candidates.

    Raises
    ------
    InputError
        If a candidate, a volume, the value of time or the works are not known.

    Notes
    -----
    Savings are those of the queue alone: lanes do not shorten what is no queue (``delay_cause``). Hours are valued while
    they wait on both directions; life and works are discounted to the start of works, with demand growing from the
    year of the volumes. Operating costs of vehicles are not counted, so the money is a lower end.
    """
    known = volumes_from_flows(dataset) if volumes is None else volumes
    kinds = dict(dataset["crossing"].select("crossing_id", "kind").iter_rows())
    wanted = (
        sorted(c for c in known if kinds.get(c) == "road" and sum(known[c]) > 0.0)
        if candidates is None
        else list(candidates)
    )
    ranges = read_works(dataset) if works is None else works
    borders, _ = read_borders(dataset, wanted)
    price = ValueOfTime(dataset, None, value_of_time)
    findings = [
        *_check(ranges),
        *(
            Finding("volumes", b.crossing_id, "", "", "its volume is not known", "give volumes or assign the demand")
            for b in borders
            if b.crossing_id not in known
        ),
        *(
            Finding("commodity", b.crossing_id, "value_of_time", "", "the value of time is not known",
                    "give value_of_time or the tables commodity and demand")
            for b in borders
            if price(b) is None
        ),
    ]  # fmt: skip
    if not borders:
        findings.append(
            Finding("crossing", "", "", "", "there is no candidate", "name crossings with a volume")
        )
    if not 1 <= draws <= 100_000:
        findings.append(
            Finding("option", "", "draws", str(draws), "must lie between 1 and 100000", "2000 will do")
        )
    refuse_errors(findings)
    common = np.random.default_rng([seed, 0])
    shared = {
        name: getattr(ranges, name).draw(common, draws)
        for name in (
            "longest_wait",
            "demand_growth",
            "discount_rate",
            "life",
            "lanes_factor",
            "cost_per_lane",
        )
    }
    results = [
        _appraise(b, known[b.crossing_id], ranges, shared, price(b) or 0.0, draws, seed) for b in borders
    ]
    return _rank(results, draws)


@dataclass(frozen=True, slots=True)
class _Appraised:
    border: Border
    vehicles_per_day: float
    utilisation: float
    waits: tuple[float, float, float]
    cost: Array
    hours: Array
    money: Array
    money_one_side: Array


def _appraise(
    border: Border,
    volume: tuple[float, float],
    works: Works,
    shared: dict[str, Array],
    price: float,
    n: int,
    seed: int,
) -> _Appraised:
    rng = np.random.default_rng([seed, 1, zlib.crc32(border.crossing_id.encode())])
    demand, ability = works.demand_error.draw(rng, n), works.throughput_error.draw(rng, n)
    open_share, duration = works.open_share.draw(rng, n), works.duration.draw(rng, n)
    # Half of what is unknown of size and price is the same everywhere, half is the crossing's own.
    factor = np.sqrt(shared["lanes_factor"] * works.lanes_factor.draw(rng, n))
    per_lane = np.sqrt(shared["cost_per_lane"] * works.cost_per_lane.draw(rng, n))
    weaker = border.sides.index(border.weaker)

    def lost(growth: Array, lanes: tuple[Array, ...]) -> tuple[Array, Array]:
        """Vehicle-hours and tonne-hours that queue in a year."""
        vehicle_hours, tonne_hours = np.zeros(n), np.zeros(n)
        for backward, (vehicles, tonnes) in enumerate(zip(border.vehicles(*volume), volume, strict=True)):
            order = range(len(border.sides))[:: -1 if backward else 1]
            sides = [border.sides[i] for i in order]
            posts = Posts(
                tuple(lanes[i] for i in order),
                tuple(np.asarray(s.hours_per_day) for s in sides),
                tuple(s.service_time / ability for s in sides),
                tuple(np.asarray(s.service_cv) for s in sides),
                np.asarray(sides[0].arrival_cv),
            )
            night, chance = mean_waits(posts, vehicles * demand * growth)
            wait = np.minimum(night + chance, shared["longest_wait"])
            vehicle_hours += wait * vehicles * demand * growth * DAYS_PER_YEAR
            tonne_hours += wait * tonnes * demand * growth
        return vehicle_hours, tonne_hours

    today = tuple(np.full(n, side.lanes) for side in border.sides)
    both = tuple(side.lanes * factor for side in border.sides)
    one = tuple(
        rebuilt if i == weaker else now for i, (now, rebuilt) in enumerate(zip(today, both, strict=True))
    )
    during = tuple(np.asarray(side.lanes * open_share) for side in border.sides)
    during_one = tuple(
        fewer if i == weaker else now for i, (now, fewer) in enumerate(zip(today, during, strict=True))
    )
    discount, growth, life = shared["discount_rate"], shared["demand_growth"], shared["life"]

    def over_life(after: tuple[Array, ...], meanwhile: tuple[Array, ...]) -> tuple[Array, Array]:
        """Vehicle-hours, and discounted tonne-hours, saved by these lanes after works with those."""
        at = (1.0 + growth) ** (duration / 2.0)
        loss = [(b - a) * duration for b, a in zip(lost(at, meanwhile), lost(at, today), strict=True)]
        hours, tonne_hours = -loss[0], -loss[1] / (1.0 + discount) ** (duration / 2.0)
        # Three moments of the life stand for the whole of it: Simpson's rule.
        for moment, weight in ((0.0, 1.0), (0.5, 4.0), (1.0, 1.0)):
            year = duration + moment * life
            grown = (1.0 + growth) ** year
            saved = [b - a for b, a in zip(lost(grown, today), lost(grown, after), strict=True)]
            hours = hours + weight / 6.0 * life * saved[0]
            tonne_hours = tonne_hours + weight / 6.0 * life * saved[1] / (1.0 + discount) ** year
        return hours, tonne_hours

    def cost_of(rebuilt: Iterable[int]) -> Array:
        return np.asarray(sum(per_lane * border.sides[i].lanes * factor for i in rebuilt))

    def mean_wait(lanes: tuple[Array, ...]) -> float:
        vehicles = sum(border.vehicles(*volume)) * DAYS_PER_YEAR
        hours = lost(np.ones(n), lanes)[0] / (vehicles * demand) if vehicles else np.zeros(n)
        return float(np.median(hours))

    hours, tonne_hours = over_life(both, during)
    cost = cost_of(range(len(border.sides)))
    arrivals = max(border.vehicles(*volume))
    return _Appraised(
        border,
        arrivals,
        arrivals / border.weaker.throughput,
        (mean_wait(today), mean_wait(both), mean_wait(during)),
        cost,
        hours / cost,
        tonne_hours * price / cost,
        over_life(one, during_one)[1] * price / cost_of([weaker]),
    )


def _rank(results: list[_Appraised], draws: int) -> ReconstructionRanking:
    results = sorted(results, key=lambda r: (r.border.grade > "C", r.border.crossing_id))
    n_ranked = sum(r.border.grade <= "C" for r in results)
    money = np.array([r.money for r in results[:n_ranked]]).reshape(n_ranked, draws)
    # A tie counts half for each: two crossings that both save next to nothing have no order.
    beats = money[:, None, :] > money[None, :, :] + TIE
    wins = 0.5 * (1.0 + beats.astype(float) - beats.transpose(1, 0, 2))
    # The best is the one that comes before most others in most draws (Borda); against itself each has half a win.
    places = n_ranked + 0.5 - wins.sum(axis=1)
    best_first = sorted(range(n_ranked), key=lambda i: (float(places[i].mean()), i))
    results = [results[i] for i in best_first] + results[n_ranked:]
    ranked, places = results[:n_ranked], places[best_first]
    ahead = wins.mean(axis=2)[np.ix_(best_first, best_first)]
    tiers = np.ones(len(ranked), dtype=int)
    for k in range(1, len(ranked)):
        tiers[k] = tiers[k - 1] + int(ahead[:k, k:].min() >= ROBUST)
    rows = []
    for i, r in enumerate(results):
        has_rank = i < len(ranked)
        rows.append(
            {
                "crossing_id": r.border.crossing_id,
                "name": r.border.name,
                "rank": i + 1 if has_rank else None,
                "place": float(places[i].mean()) if has_rank else None,
                "place_low": float(np.quantile(places[i], 0.05)) if has_rank else None,
                "place_high": float(np.quantile(places[i], 0.95)) if has_rank else None,
                "tier": int(tiers[i]) if has_rank else None,
                "vehicles_per_day": r.vehicles_per_day,
                "utilisation": r.utilisation,
                "wait_before": r.waits[0],
                "wait_after": r.waits[1],
                "wait_during_works": r.waits[2],
                "cost": float(np.median(r.cost)),
                **_spread("hours_per_dollar", r.hours),
                **_spread("money_per_dollar", r.money),
                "money_one_side": float(np.median(r.money_one_side)),
                "pays": float((r.money > 1.0).mean()),
                "grade": r.border.grade,
            }
        )
    pairs = [
        {"first": a.border.crossing_id, "second": b.border.crossing_id, "probability": float(ahead[i, j]),
         "robust": bool(ahead[i, j] >= ROBUST)}
        for i, a in enumerate(ranked)
        for j, b in enumerate(ranked)
        if i < j
    ]  # fmt: skip
    schema = {
        "first": pl.String(),
        "second": pl.String(),
        "probability": pl.Float64(),
        "robust": pl.Boolean(),
    }
    share = float(np.mean([pair["robust"] for pair in pairs])) if pairs else math.nan
    return ReconstructionRanking(
        pl.DataFrame(rows, infer_schema_length=None), pl.DataFrame(pairs, schema=schema), share, draws
    )


def _spread(name: str, values: Array) -> dict[str, float]:
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
    return {name: float(middle), f"{name}_low": float(low), f"{name}_high": float(high)}


def _check(works: Works) -> list[Finding]:
    findings = []
    for name, (least, most) in _LIMITS.items():
        given: Range = getattr(works, name)
        if not (least <= given.low <= given.value <= given.high <= most):
            findings.append(
                Finding("assumption", PREFIX + name, "value", f"{given.low} <= {given.value} <= {given.high}",
                        f"must be in order and lie between {least:g} and {most:g}", "correct the value or its range")
            )  # fmt: skip
    return findings
