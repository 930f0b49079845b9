"""Reconciling on generated evidence: recall on planted contradictions, false alarms on decoys, and time.

Every case is a handful of statements about one pair of places, drawn from a known truth and announced as newspapers do
(rounded, hedged, converted, per cent). A planted case is then made impossible in one of twenty-two ways; a decoy only looks so.
Prints recall by kind, false alarms by kind, and the time for 64 and for 10,000 statements with 3,000 identities.

    python benchmarks/reconciling.py [--seed 1] [--cases 1056]
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from keruen.figures import Reconciliation, reconciliation
from keruen.tables import TABLES, Dataset

Row = dict[str, Any]


@dataclass
class Case:
    """Statements about one pair of places; ``culprit`` is the one that is wrong, where a single one is.

    A ``shared`` case is about places of the catalogue, so its years are set apart from those of the others.
    """

    name: str
    planted: bool
    culprit: str = ""
    rows: list[Row] = field(default_factory=list)
    shared: bool = False
    sources: list[Row] = field(default_factory=list)


class Writer:
    """Announces true values the way newspapers do."""

    def __init__(self, rng: random.Random, case: Case, here: str, there: str) -> None:
        self.rng, self.case, self.here, self.there = rng, case, here, there

    def say(
        self,
        value: float,
        *,
        indicator: str = "trade_turnover",
        style: str = "exact",
        digits: int = 3,
        year: int | None = 2023,
        period: tuple[date, date] | None = None,
        unit: str = "USD",
        kind: str = "reported",
        source: str = "",
        partner: str | None = "",
        published: date = date(2024, 6, 1),
        **columns: Any,
    ) -> str:
        """Announce a value and return the statement's identifier."""
        number = len(self.case.rows)
        identity = f"{self.here}-{number}"
        step = 10.0 ** (math.floor(math.log10(abs(value))) - digits + 1)
        lattice = {"gt": math.floor, "lt_near": math.ceil}.get(style, round)
        shown = lattice(value / step) * step if unit not in {"rank"} else value
        start, end = period or (date(year or 1, 1, 1), date(year or 1, 12, 31))
        source = source or f"{identity}-paper"
        self.case.sources.append(
            {"source_id": source, "title": source, "publisher": f"Paper {source}", "published": published,
             "language": "en", "weight": 1.0}
        )  # fmt: skip
        scaled, word = (shown / 1e9, " billion") if unit.isupper() and abs(shown) >= 1e8 else (shown, "")
        text = f"{scaled:.{max(0, -round(math.log10(step * (1e-9 if word else 1))))}f}{word}"
        low, high = {"gt": (shown, None), "lt_near": (None, shown)}.get(style, (shown, shown))
        self.case.rows.append(
            {"statement_id": identity, "source_id": source, "start": number, "end": number + 1, "quote": text,
             "value": shown, "value_low": low, "value_high": high, "unit": unit, "modifier": style,
             "period_start": start if year or period else None, "period_end": end if year or period else None,
             "granularity": "part_year" if period else "year" if year else "none", "period_inferred": False,
             "kind": kind, "indicator_id": indicator, "place_id": self.here,
             "partner_id": self.there if partner == "" else partner, "sentence_start": 0, "sentence_end": 1}
            | columns
        )  # fmt: skip
        return identity


def amount(rng: random.Random) -> float:
    return float(10 ** rng.uniform(8.2, 10.8))


def style(rng: random.Random) -> str:
    return rng.choice(["exact", "exact", "exact", "gt", "lt_near", "approx"])


def off(rng: random.Random, low: float = 1.35, high: float = 2.2) -> float:
    factor = rng.uniform(low, high)
    return factor if rng.random() < 0.5 else 1 / factor


# -- planted contradictions: each makes a truthful case impossible ------------------------------------------------


def rivals(w: Writer) -> None:
    x = amount(w.rng)
    w.say(x, style=style(w.rng))
    w.say(x * off(w.rng), style=style(w.rng))
    if w.rng.random() < 0.5:
        w.say(x, style="approx", digits=2)


def slight_rivals(w: Writer) -> None:
    x = amount(w.rng)
    w.say(x)
    w.say(x * off(w.rng, 1.04, 1.12))


def slipped_decimal(w: Writer) -> None:
    x = amount(w.rng)
    w.say(x)
    w.say(x * w.rng.choice([0.1, 10.0]))


def wrong_growth(w: Writer) -> None:
    x, growth = amount(w.rng), w.rng.uniform(-0.2, 0.4)
    w.say(x, year=2022)
    w.say(x * (1 + growth), year=2023)
    wrong = growth + w.rng.choice([-1, 1]) * w.rng.uniform(0.08, 0.3)
    w.say(100 * wrong, indicator="trade_turnover_growth", unit="%", digits=2)


def wrong_share(w: Writer) -> None:
    x, share = amount(w.rng), w.rng.uniform(0.1, 0.4)
    w.say(x * share)
    w.say(x, partner=None)
    w.say(
        100 * share * off(w.rng, 1.3, 2.0),
        indicator="trade_turnover_share",
        unit="%",
        digits=2,
        style=style(w.rng),
    )


def parts_above_whole(w: Writer) -> None:
    x = amount(w.rng)
    shares = [w.rng.uniform(0.3, 0.5) for _ in range(3)]
    scale = w.rng.uniform(1.2, 1.8) / sum(shares)
    for i, share in enumerate(shares):
        w.say(x * share * scale, partner=f"Q{i}", indicator="export")
    w.say(x, partner=None, indicator="export")


def wrong_sum(w: Writer) -> None:
    out, back = amount(w.rng), amount(w.rng)
    w.say(out, indicator="export")
    w.say(back, indicator="import")
    w.say((out + back) * off(w.rng, 1.15, 1.6))


def part_above_year(w: Writer) -> None:
    x = amount(w.rng)
    w.say(x, indicator="freight_transit", unit="t")
    w.say(x * w.rng.uniform(1.12, 1.6), indicator="freight_transit", unit="t",
          period=(date(2023, 1, 1), date(2023, 9, 30)))  # fmt: skip


def wrong_rate(w: Writer) -> None:
    x = amount(w.rng)
    first = w.say(x, unit="EUR", indicator="investment_package", kind="pledge")
    w.say(x * 1.08 * off(w.rng, 1.15, 1.4), indicator="investment_package", kind="pledge", converts=first,
          source=f"{first}-paper")  # fmt: skip


def broken_mirror(w: Writer) -> None:
    x = amount(w.rng)
    w.say(x, indicator="export")
    w.say(x * off(w.rng, 1.5, 2.2), indicator="import", place_id=w.there, partner_id=w.here)


def stock_below_flows(w: Writer) -> None:
    x = amount(w.rng)
    for year in (2020, 2021, 2022):
        w.say(x * w.rng.uniform(0.9, 1.1), indicator="investment_inflow", year=year)
    w.say(2.2 * x, indicator="investment_stock", period=(date(2015, 1, 1), date(2023, 12, 31)))


def subtle_rivals(w: Writer) -> None:
    x = amount(w.rng)
    w.say(x, style=style(w.rng), digits=w.rng.choice([2, 3]))
    w.say(x * off(w.rng, 1.05, 1.25), style=style(w.rng), digits=w.rng.choice([2, 3]))


def subtle_growth(w: Writer) -> None:
    x, growth = amount(w.rng), w.rng.uniform(-0.2, 0.4)
    w.say(x, year=2022, style=style(w.rng))
    w.say(x * (1 + growth), year=2023, style=style(w.rng))
    wrong = growth + w.rng.choice([-1, 1]) * w.rng.uniform(0.02, 0.1)
    w.say(100 * wrong, indicator="trade_turnover_growth", unit="%", digits=2)


def subtle_parts(w: Writer) -> None:
    x = amount(w.rng)
    for i, share in enumerate((0.5, 0.35, 0.25)):
        w.say(x * share * w.rng.uniform(0.95, 1.1), partner=f"Q{i}", indicator="export", style=style(w.rng))
    w.say(x, partner=None, indicator="export", style=style(w.rng))


def wrong_in_a_crowd(w: Writer) -> None:
    said = crowd(w)
    w.case.culprit = w.rng.choice(said)
    row = next(r for r in w.case.rows if r["statement_id"] == w.case.culprit)
    factor = off(w.rng, 1.35, 1.8)
    for column in ("value", "value_low", "value_high"):
        if row[column] is not None:
            row[column] *= factor


def other_currency(w: Writer) -> None:
    """Dollars against euros that no rate of the year makes equal."""
    x = amount(w.rng)
    w.say(x, style=style(w.rng))
    w.say(x / 1.082 * off(w.rng, 1.35, 1.9), unit="EUR")


def swapped_digits(w: Writer) -> None:
    first, second = w.rng.sample(range(1, 10), 2)
    scale = 10.0 ** w.rng.randint(7, 9)
    w.say((100 * first + 10 * second + 5) * scale)
    w.say((100 * second + 10 * first + 5) * scale)


def thousand_for_million(w: Writer) -> None:
    x = 10 ** w.rng.uniform(6.2, 7.8)
    w.say(x, indicator="freight_transit", unit="t")
    w.say(x / 1000, indicator="freight_transit", unit="t", style="approx", digits=2)


def fall_told_as_rise(w: Writer) -> None:
    x, change = amount(w.rng), w.rng.uniform(0.08, 0.4)
    w.say(x, year=2022)
    w.say(x * (1 - change))
    w.say(100 * change, indicator="trade_turnover_growth", unit="%", digits=2, direction="up")


def not_doubled(w: Writer) -> None:
    x = amount(w.rng)
    w.say(x, year=2022)
    w.say(x * w.rng.uniform(1.1, 1.6))
    w.say(2.0, indicator="trade_turnover_growth", unit="times", digits=1, direction="up")


def wrong_rank(w: Writer) -> None:
    x = amount(w.rng)
    w.say(x)
    for i in range(2):
        w.say(x * w.rng.uniform(1.15, 2.0), partner=f"Q{i}")
    w.say(w.rng.choice([1.0, 2.0]), indicator="trade_partner_rank", unit="rank")


def falling_total(w: Writer) -> None:
    x = amount(w.rng)
    w.say(x, indicator="investment_stock", period=(date(2010, 1, 1), date(2021, 12, 31)))
    w.say(
        x * w.rng.uniform(0.6, 0.9),
        indicator="investment_stock",
        period=(date(2010, 1, 1), date(2023, 12, 31)),
    )


def share_of_a_share(w: Writer) -> None:
    """A share of exports and the total's parts, at odds only when all are put together."""
    out, back, share = amount(w.rng), amount(w.rng), w.rng.uniform(0.2, 0.5)
    w.say(100 * share, indicator="export_share", unit="%", digits=2)
    w.say(out * share * off(w.rng, 1.3, 1.8), indicator="export")
    w.say(back, partner=None, indicator="import")
    w.say(out + back, partner=None)
    w.say(out, partner=None, indicator="export")


def quarters_above_year(w: Writer) -> None:
    x = amount(w.rng)
    for first, last in ((1, 31), (4, 30), (7, 30), (10, 31)):
        w.say(x * w.rng.uniform(0.29, 0.36), indicator="export",
              period=(date(2023, first, 1), date(2023, first + 2, last)))  # fmt: skip
    w.say(x, indicator="export")


def two_wrong_in_a_crowd(w: Writer) -> None:
    said = crowd(w)
    for culprit in w.rng.sample(said[::2], 2):
        row = next(r for r in w.case.rows if r["statement_id"] == culprit)
        factor = off(w.rng, 1.4, 1.8)
        for column in ("value", "value_low", "value_high"):
            if row[column] is not None:
                row[column] *= factor


# -- decoys: each only looks like a contradiction ------------------------------------------------------------------


def other_currency_agrees(w: Writer) -> None:
    x = amount(w.rng)
    w.say(x, style=style(w.rng))
    w.say(x / 1.082 * w.rng.uniform(0.985, 1.015), unit="EUR", digits=2)


def true_fall(w: Writer) -> None:
    x, change = amount(w.rng), w.rng.uniform(0.08, 0.4)
    w.say(x, year=2022)
    w.say(x * (1 - change))
    w.say(100 * change, indicator="trade_turnover_growth", unit="%", digits=2, direction="down")


def truly_doubled(w: Writer) -> None:
    x = amount(w.rng)
    w.say(x, year=2022, digits=2)
    w.say(x * 2 * w.rng.uniform(0.99, 1.01), digits=2)
    w.say(2.0, indicator="trade_turnover_growth", unit="times", digits=1, direction="up")


def true_rank(w: Writer) -> None:
    x = amount(w.rng)
    w.say(x)
    for i in range(2):
        w.say(x * w.rng.uniform(0.3, 0.95), partner=f"Q{i}")
    w.say(1.0, indicator="trade_partner_rank", unit="rank")


def true_quarters(w: Writer) -> None:
    x = amount(w.rng)
    shares = [w.rng.uniform(0.8, 1.2) for _ in range(4)]
    for share, (first, last) in zip(shares, ((1, 31), (4, 30), (7, 30), (10, 31)), strict=True):
        w.say(x * share / sum(shares), indicator="export",
              period=(date(2023, first, 1), date(2023, first + 2, last)))  # fmt: skip
    w.say(x, indicator="export", style=style(w.rng))


def shares_both_ways(w: Writer) -> None:
    """One side's share in the other's trade is not the other's share in its own."""
    x = amount(w.rng)
    w.say(x)
    w.say(x * 5, partner=None)
    w.say(x * 40, partner=None, place_id=w.there)
    w.say(20.0, indicator="trade_turnover_share", unit="%", digits=2)
    w.say(2.5, indicator="trade_turnover_share", unit="%", digits=2, place_id=w.there, partner_id=w.here)


def growth_of_a_stretch(w: Writer) -> None:
    """Growth of nine months says nothing of the year."""
    x = amount(w.rng)
    w.say(x, year=2022)
    w.say(x * w.rng.uniform(0.9, 1.1))
    w.say(w.rng.uniform(20, 60), indicator="trade_turnover_growth", unit="%", digits=2,
          period=(date(2023, 1, 1), date(2023, 9, 30)))  # fmt: skip


def two_buyers_in_a_sentence(w: Writer) -> None:
    """The words do not tell the two apart, but the sentence does."""
    x = amount(w.rng)
    first = w.say(x, indicator="export", partner=None)
    w.say(x * off(w.rng, 1.2, 6.0), indicator="export", partner=None, source=f"{first}-paper")
    for row in w.case.rows:
        row |= {"sentence_start": 0, "sentence_end": 200}


def bloc_within_bloc(w: Writer) -> None:
    """A member of a bloc is not added to the bloc that holds it."""
    x = amount(w.rng)
    w.say(x, partner=None, place_id="KAZ")
    w.say(x * w.rng.uniform(0.5, 0.7), partner="EAEU", place_id="KAZ")
    w.say(x * w.rng.uniform(0.3, 0.45), partner="RUS", place_id="KAZ")
    w.case.shared = True


def new_vintage(w: Writer) -> None:
    """An estimate and the figure that replaced it, within the estimate's own hedge."""
    x = amount(w.rng)
    w.say(x * w.rng.uniform(0.97, 1.03), kind="estimate", style="approx", digits=2)
    w.say(x, published=date(2024, 11, 1))


def rounding(w: Writer) -> None:
    x = amount(w.rng)
    w.say(x, digits=3)
    w.say(x, digits=2)


def hedges(w: Writer) -> None:
    x = amount(w.rng)
    for hedge in ("exact", "gt", "lt_near", "approx"):
        w.say(x, style=hedge, digits=w.rng.choice([2, 3]))


def other_sets(w: Writer) -> None:
    first = w.say(135.0, indicator="joint_projects_number", unit="project")
    w.say(float(w.rng.randint(20, 80)), indicator="joint_projects_number", unit="project", digits=2,
          source=f"{first}-paper")  # fmt: skip


def target_and_report(w: Writer) -> None:
    x = amount(w.rng)
    w.say(x)
    w.say(x * w.rng.uniform(1.2, 3.0), kind="target")
    w.say(x * w.rng.uniform(1.1, 1.5), kind="forecast")


def part_of_year(w: Writer) -> None:
    x = amount(w.rng)
    w.say(x)
    w.say(x * w.rng.uniform(0.5, 0.8), period=(date(2023, 1, 1), date(2023, 9, 30)))


def true_growth(w: Writer) -> None:
    x, growth = amount(w.rng), w.rng.uniform(-0.3, 0.9)
    w.say(x, year=2022, digits=w.rng.choice([2, 3]), style=w.rng.choice(["exact", "gt"]))
    w.say(x * (1 + growth), year=2023, style=w.rng.choice(["exact", "approx"]))
    w.say(100 * growth, indicator="trade_turnover_growth", unit="%", digits=2)


def true_parts(w: Writer) -> None:
    x = amount(w.rng)
    shares = [w.rng.uniform(0.1, 0.3) for _ in range(3)]
    for i, share in enumerate(shares):
        w.say(
            x * share,
            partner=f"Q{i}",
            indicator="export",
            style=style(w.rng),
            year=w.rng.choice([2023, 2023, 2022]),
        )
    w.say(x, partner=None, indicator="export", style=style(w.rng))
    w.say(100 * shares[0], partner="Q0", indicator="export_share", unit="%", digits=2, style="approx")


def true_sum(w: Writer) -> None:
    out, back = amount(w.rng), amount(w.rng)
    w.say(out, indicator="export")
    w.say(back, indicator="import")
    w.say(out + back, style=style(w.rng))


def right_rate(w: Writer) -> None:
    x = amount(w.rng)
    first = w.say(x, unit="EUR", indicator="investment_package", kind="pledge", digits=2)
    shown = w.case.rows[-1]["value"]
    w.say(shown * w.rng.uniform(1.07, 1.10), indicator="investment_package", kind="pledge", converts=first,
          source=f"{first}-paper")  # fmt: skip


def near_mirror(w: Writer) -> None:
    x = amount(w.rng)
    w.say(x, indicator="export")
    w.say(x * w.rng.uniform(1.0, 1.15), indicator="import", place_id=w.there, partner_id=w.here)


def leap(w: Writer) -> None:
    x = amount(w.rng)
    w.say(x, year=2021)
    w.say(x * w.rng.uniform(1.5, 4.0), year=2022)
    w.say(100.0, indicator="corridor_capacity_growth", unit="%", digits=1)


def crowd(w: Writer) -> list[str]:
    """Announce a country's trade with five partners, its total, shares and growth, each told twice or tied twice."""
    shares = [w.rng.uniform(0.1, 0.19) for _ in range(5)]
    total = amount(w.rng)
    said = []
    for i, share in enumerate(shares):
        growth = w.rng.uniform(-0.1, 0.3)
        said.append(w.say(total * share, partner=f"Q{i}", style=style(w.rng)))
        said.append(w.say(total * share, partner=f"Q{i}", digits=2))
        w.say(total * share / (1 + growth), partner=f"Q{i}", year=2022)
        w.say(100 * growth, indicator="trade_turnover_growth", unit="%", digits=2, partner=f"Q{i}")
        w.say(100 * share, indicator="trade_turnover_share", unit="%", digits=2, partner=f"Q{i}")
    w.say(total, partner=None)
    return said


def true_crowd(w: Writer) -> None:
    crowd(w)


def loose_hedges(w: Writer) -> None:
    x = amount(w.rng)
    w.say(x)
    w.say(x, style=w.rng.choice(["gt", "lt_near"]), digits=2)
    w.say(x, style="approx", digits=1 if w.rng.random() < 0.3 else 2)


PLANTS: tuple[Callable[[Writer], None], ...] = (
    rivals, slight_rivals, slipped_decimal, wrong_growth, wrong_share, parts_above_whole, wrong_sum, part_above_year,
    wrong_rate, broken_mirror, stock_below_flows, wrong_in_a_crowd, other_currency, swapped_digits, thousand_for_million,
    fall_told_as_rise, not_doubled, wrong_rank, falling_total, share_of_a_share, quarters_above_year, two_wrong_in_a_crowd,
)  # fmt: skip
DECOYS: tuple[Callable[[Writer], None], ...] = (
    rounding,
    hedges,
    other_sets,
    target_and_report,
    part_of_year,
    true_growth,
    true_parts,
    true_sum,
    right_rate,
    near_mirror,
    leap,
    true_crowd,
    loose_hedges,
    other_currency_agrees,
    true_fall,
    truly_doubled,
    true_rank,
    true_quarters,
    shares_both_ways,
    growth_of_a_stretch,
    two_buyers_in_a_sentence,
    bloc_within_bloc,
    new_vintage,
)
SUBTLE: tuple[Callable[[Writer], None], ...] = (subtle_rivals, subtle_growth, subtle_parts)  # fmt: skip


def corpus(seed: int, cases: int, plants: tuple[Callable[[Writer], None], ...] = PLANTS) -> list[Case]:
    """Return as many planted cases as decoys, each about places of its own."""
    rng = random.Random(seed)
    made = []
    for number in range(cases):
        kinds = plants if number % 2 == 0 else DECOYS
        make = kinds[(number // 2) % len(kinds)]
        case = Case(make.__name__, number % 2 == 0)
        make(Writer(rng, case, f"P{number:04d}", f"Z{number:04d}"))
        if case.shared:
            for row in case.rows:
                row["period_start"], row["period_end"] = (
                    date(1000 + 4 * (number % 200), 1, 1),
                    date(1000 + 4 * (number % 200), 12, 31),
                )
        made.append(case)
    return made


def dataset(cases: list[Case]) -> Dataset:
    """Put all cases into one dataset; indicators, identities and the rest come from the built-in catalogue."""
    sources = {row["source_id"]: row for case in cases for row in case.sources}
    rates = [
        {"currency": "EUR", "year": year, "usd_per_unit": 1.082, "low": 1.04, "high": 1.125}
        for year in (2023, 2024)
    ]
    return Dataset(
        {
            "statement": _frame("statement", [row for case in cases for row in case.rows]),
            "source": _frame("source", list(sources.values())),
            "exchange_rate": _frame("exchange_rate", rates),
        }
    )


def _frame(table: str, rows: list[Row]) -> pl.DataFrame:
    columns = TABLES[table].schema.columns()
    return pl.DataFrame(
        [{name: row.get(name) for name in columns} for row in rows],
        schema={name: column.dtype for name, column in columns.items()},
    )


@dataclass(frozen=True)
class Outcome:
    """How often planted contradictions were found and decoys reported, by kind."""

    planted: Counter[str]
    found: Counter[str]
    decoys: Counter[str]
    alarms: Counter[str]
    culprits: int
    blamed: int


def judge(cases: list[Case], result: Reconciliation) -> Outcome:
    """A case is reported if a conflict has members among its statements, and nothing but those."""
    owner = {row["statement_id"]: number for number, case in enumerate(cases) for row in case.rows}
    reported = {number for d in result.disputes for number in {owner[m] for m in d.members}}
    planted = Counter(c.name for c in cases if c.planted)
    decoys = Counter(c.name for c in cases if not c.planted)
    hit = [cases[number] for number in sorted(reported)]
    aside = {statement for verdict in result.verdicts for statement in verdict.set_aside}
    named = [c.culprit for c in cases if c.culprit]
    return Outcome(
        planted,
        Counter(c.name for c in hit if c.planted),
        decoys,
        Counter(c.name for c in hit if not c.planted),
        len(named),
        sum(culprit in aside for culprit in named),
    )


def chain(statements: int, identities: int, seed: int = 1) -> list[Case]:
    """Return cases with about this many statements and identity rows, one in twelve at odds, for timing."""
    rng = random.Random(seed)
    made: list[Case] = []
    rows = laws = number = 0
    while laws < identities:
        make = wrong_sum if number % 12 == 11 else (true_sum, true_growth, true_parts)[number % 3]
        case = Case(make.__name__, False)
        make(Writer(rng, case, f"P{number:05d}", f"Z{number:05d}"))
        made.append(case)
        rows, laws, number = rows + len(case.rows), laws + (1 if make is not true_parts else 2), number + 1
    while rows < statements:
        case = Case("rounding", False)
        rounding(Writer(rng, case, f"P{number:05d}", f"Z{number:05d}"))
        made.append(case)
        rows, number = rows + 2, number + 1
    return made


def timed(data: Dataset, repeats: int) -> float:
    """Return the median CPU time of reconciling."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        reconciliation(data)
        times.append(time.process_time() - start)
    return statistics.median(times)


def main() -> None:
    """Print recall, false alarms and times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, default=1056)
    options = parser.parse_args()
    cases = corpus(options.seed, options.cases)
    outcome = judge(cases, reconciliation(dataset(cases)))
    for title, total, part in (
        ("recall of planted contradictions", outcome.planted, outcome.found),
        ("false alarms on decoys", outcome.decoys, outcome.alarms),
    ):
        print(f"{title}: {part.total()} of {total.total()} = {part.total() / total.total():.3f}")
        for name in total:
            print(f"  {name:<20} {part[name]:>4} of {total[name]}")
    print(f"set aside the one wrong statement of a crowd: {outcome.blamed} of {outcome.culprits}")
    subtle = corpus(options.seed + 1, options.cases // 4, SUBTLE)
    outcome = judge(subtle, reconciliation(dataset(subtle)))
    print("of errors about as large as the hedges allow (for information):")
    for name in outcome.planted:
        print(f"  {name:<20} {outcome.found[name]:>4} of {outcome.planted[name]}")
    small = dataset(chain(64, 20))
    reconciliation(small)
    print(f"{small['statement'].height} statements: {timed(small, 5):.3f} s CPU (limit 0.2)")
    large = dataset(chain(10_000, 3_000))
    print(f"{large['statement'].height} statements, 3,000 identities: {timed(large, 3):.2f} s CPU (limit 5)")


if __name__ == "__main__":
    main()
