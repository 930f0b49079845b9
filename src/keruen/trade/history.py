"""Yearly series of trade, investment and everything else that is counted by the year.

Receives figures and their statements, and the rows of ``series`` that people wrote down; hands on the table
``yearly_series`` with every reporter kept apart. What one country says of its exports and the other of its imports are two series (the
mirrors); the figure weighed from both is a third, without a reporter.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

import polars as pl

from keruen.errors import Finding, Severity, refuse_errors
from keruen.tables import Dataset, load
from keruen.tables.trade import YearlySeries

Key = tuple[str, str | None, str | None, str | None]
"""Indicator, place, partner and goods."""
Row = Mapping[str, Any]

SETTLED = ("stock", "count", "ratio", "rank")
"""Classes of indicators that do not pile up over the year: a day within it stands for the year."""
_NEVER_NEGATIVE = ("stock", "flow", "count", "rank")


@dataclass(frozen=True, slots=True)
class Yearly:
    """The yearly values of one quantity.

    Parameters
    ----------
    key
        What it is of.
    unit
        Unit of the values.
    years, values
        One value a year, in order.
    evidence
        Figure of each value, or the citation where it was written down.
    """

    key: Key
    unit: str
    years: tuple[int, ...]
    values: tuple[float, ...]
    evidence: tuple[str, ...]

    @property
    def series_id(self) -> str:
        """As in the ``series`` table, of the weighed figures."""
        return series_id(self.key)

    def until(self, year: int) -> Yearly:
        """Return the part up to a year."""
        n = sum(y <= year for y in self.years)
        return Yearly(self.key, self.unit, self.years[:n], self.values[:n], self.evidence[:n])


def series_id(key: Key, reporter: str | None = None) -> str:
    """Return the identifier of a series.

    Examples
    --------
    >>> series_id(("export", "KAZ", "CHN", None), "CHN")
    'export/KAZ/CHN/-/CHN'
    """
    return "/".join(part or "-" for part in (*key, reporter))


def series(dataset: Dataset) -> Dataset:
    """Gather the yearly figures into the table ``yearly_series``.

    Parameters
    ----------
    dataset
        Tables ``figure``, ``statement``, ``source``, ``indicator``, ``place``, ``exchange_rate`` and the ``series`` that
        people wrote down.

    Returns
    -------
    Dataset
        With ``yearly_series``: what was written down, a series without reporter for the weighed figures of every
        quantity, and one for every country whose statistics a statement cites.

    Raises
    ------
    InputError
        If figures of one series have units that no exchange rate reconciles.
    """
    frame, findings = gather(dataset)
    refuse_errors(findings)
    return dataset.with_tables(yearly_series=frame)


class _Gathered:
    """What was gathered of a dataset, and from which frames: doors of one run ask for the same several times."""

    _READ = ("figure", "statement", "source", "indicator", "place", "exchange_rate", "series")
    _last: ClassVar[_Gathered | None] = None

    def __init__(self, held: tuple[pl.DataFrame | None, ...], dataset: Dataset) -> None:
        self.held = held
        self.frame, self.findings = _gather(dataset)

    @classmethod
    def of(cls, dataset: Dataset) -> _Gathered:
        """Return what was gathered last if it was from these very frames, else gather anew."""
        held = tuple(dataset[name] if dataset.has(name) else None for name in cls._READ)
        last = cls._last
        if last is None or any(a is not b for a, b in zip(last.held, held, strict=True)):
            cls._last = last = cls(held, dataset)
        return last

    @cached_property
    def yearly(self) -> Mapping[Key, Yearly]:
        return MappingProxyType(_yearly(self.frame))


def gather(dataset: Dataset) -> tuple[pl.DataFrame, list[Finding]]:
    """Return the table ``yearly_series`` and everything found on the way."""
    found = _Gathered.of(dataset)
    return found.frame, list(found.findings)


def yearly(dataset: Dataset) -> Mapping[Key, Yearly]:
    """Return one series for every quantity: the weighed figures, and where there are none what was written down.

    Of several vintages of a year the latest counts. Reporters' own series are left out unless they are all there is.
    """
    return _Gathered.of(dataset).yearly


def find(history: Mapping[Key, Yearly], key: Key, *, directed: bool) -> Yearly | None:
    """Return the series of a quantity; one between two places may be filed under either."""
    found = history.get(key)
    if found is None and not directed and key[2] is not None:
        found = history.get((key[0], key[2], key[1], key[3]))
    return found


def growth(years: Sequence[int], values: Sequence[float]) -> float | None:
    """Return the mean yearly growth from the first value to the last; None where it means nothing.

    Examples
    --------
    >>> round(growth([2020, 2022], [100.0, 121.0]), 6)
    0.1
    """
    if len(years) < 2 or values[0] <= 0.0 or values[-1] <= 0.0:
        return None
    return float((values[-1] / values[0]) ** (1.0 / (years[-1] - years[0])) - 1.0)


def needed(last_year: int, last: float, deadline: int, value: float) -> float | None:
    """Return the yearly growth that leads from the last value to the level aimed at; None where it means nothing.

    Examples
    --------
    From 27 Mt in 2024 to 35 Mt by 2029:

    >>> round(needed(2024, 27.0, 2029, 35.0), 4)
    0.0533
    """
    if deadline <= last_year or last <= 0.0 or value <= 0.0:
        return None
    return float((value / last) ** (1.0 / (deadline - last_year)) - 1.0)


def volume_growth(nominal: float, prices: Mapping[int, float], *, over: int = 10) -> float | None:
    """Return the part of a growth in money that is volume, if prices rise as they did in the last years of an index.

    Parameters
    ----------
    nominal
        Yearly growth in money.
    prices
        Index by year.
    over
        Years to look back at most.

    Examples
    --------
    Prices that doubled in ten years rise by 7.2 % a year; growth of 10 % in money is then 2.6 % in volume:

    >>> round(volume_growth(0.10, {2014: 100.0, 2024: 200.0}), 4)
    0.0263
    """
    years = sorted(y for y in prices if y >= max(prices, default=0) - over)
    inflation = growth(years, [prices[y] for y in years])
    return None if inflation is None else (1.0 + nominal) / (1.0 + inflation) - 1.0


def catalogue(dataset: Dataset) -> pl.DataFrame:
    """Return the dataset's indicators, or those built in where it brings none."""
    return dataset["indicator"] if dataset.has("indicator") else _built_in()


@cache
def _built_in() -> pl.DataFrame:
    return load(Path(str(resources.files("keruen"))) / "reference" / "catalogue")["indicator"]


def _gather(dataset: Dataset) -> tuple[pl.DataFrame, list[Finding]]:
    """Return the table ``series`` and everything found on the way."""
    indicators: dict[str, Row] = {
        row["indicator_id"]: row for row in catalogue(dataset).iter_rows(named=True)
    }
    rates = _Rates(dataset)
    published = _published(dataset)
    statements = {row["statement_id"]: row for row in dataset["statement"].iter_rows(named=True)}
    reporters = _Reporters(dataset)
    findings: list[Finding] = []
    rows: dict[tuple[str, int, str], dict[str, Any]] = {}
    for figure, year in _figures_by_year(dataset, indicators):
        key: Key = (
            figure["indicator_id"], figure["place_id"], figure["partner_id"], figure["commodity_id"]
        )  # fmt: skip
        unit = str(indicators.get(figure["indicator_id"], {}).get("unit", figure["unit"]))
        value = rates.convert(float(figure["estimate"]), figure["unit"], unit, year)
        if value is None:
            findings.append(_no_rate(figure, unit, year))
            continue
        cited = [statements[s] for s in figure["rests_on"] if s in statements]
        days = sorted(published[s["source_id"]] for s in cited if s["source_id"] in published)
        row: dict[str, Any] = dict.fromkeys(YearlySeries.column_names())
        row |= {
            "series_id": series_id(key), "year": year, "vintage": days[-1] if days else str(year),
            "indicator_id": key[0], "place_id": key[1], "partner_id": key[2], "commodity_id": key[3],
            "unit": unit, "value": value, "evidence": figure["figure_id"],
        }  # fmt: skip
        rows[row["series_id"], year, row["vintage"]] = row
        for said in [statements[s] for s in (*figure["rests_on"], *figure["set_aside"]) if s in statements]:
            reporter = reporters.of(said["speaker"])
            if reporter is None or said["value"] is None:
                continue
            own = rates.convert(float(said["value"]), said["unit"], unit, year)
            at = (series_id(key, reporter), year, published.get(said["source_id"], str(year)))
            if own is None:
                continue
            # What reconciling set aside is told as a conflict already.
            if at in rows and rows[at]["value"] != own and said["statement_id"] in figure["rests_on"]:
                findings.append(
                    Finding(
                        "series", f"{at[0]}, {year}, {at[2]}", "value", f"{own:g}",
                        f"the same reporter also says {rows[at]['value']:g} on the same day",
                        "review the statements; the first is kept", Severity.WARNING,
                    )
                )  # fmt: skip
            rows.setdefault(
                at,
                {**row, "series_id": at[0], "vintage": at[2], "reporter": reporter, "value": own,
                       "evidence": said["statement_id"]},
            )  # fmt: skip
    schema = YearlySeries.create_empty().schema
    drawn = pl.DataFrame(list(rows.values()), schema=schema, orient="row")
    written = dataset["series"].with_columns(pl.lit(None, pl.String).alias("evidence")).select(schema.names())
    known = written.select("series_id", "year", "vintage")
    frame = pl.concat([written, drawn.join(known, on=["series_id", "year", "vintage"], how="anti")])
    frame = frame.sort("series_id", "year", "vintage")
    findings += _doubts(frame, indicators)
    return YearlySeries.validate(frame), findings


def _yearly(frame: pl.DataFrame) -> dict[Key, Yearly]:
    best: dict[Key, dict[int, tuple[tuple[bool, bool, str], Row]]] = defaultdict(dict)
    for row in frame.iter_rows(named=True):
        key: Key = (row["indicator_id"], row["place_id"], row["partner_id"], row["commodity_id"])
        rank = (row["reporter"] is None, row["evidence"] is not None, row["vintage"])
        held = best[key].get(row["year"])
        if held is None or held[0] < rank:
            best[key][row["year"]] = (rank, row)
    found: dict[Key, Yearly] = {}
    for key in sorted(best, key=str):
        chosen = [best[key][y][1] for y in sorted(best[key])]
        unit = chosen[-1]["unit"]
        same = [row for row in chosen if row["unit"] == unit]
        found[key] = Yearly(
            key, unit, tuple(r["year"] for r in same), tuple(float(r["value"]) for r in same),
            tuple(r["evidence"] or r["citation"] or r["series_id"] for r in same),
        )  # fmt: skip
    return found


def _figures_by_year(dataset: Dataset, indicators: Mapping[str, Row]) -> Iterator[tuple[Row, int]]:
    """Yield the reported figures that stand for a year, one for each quantity and year."""
    best: dict[tuple[Key, int], tuple[str, Row]] = {}
    for row in dataset["figure"].filter(pl.col("aspect") == "actual").sort("figure_id").iter_rows(named=True):
        full = re.fullmatch(r"\d{4}", row["period"])
        settled = indicators.get(row["indicator_id"], {}).get("indicator_class") in SETTLED
        if not full and not (settled and row["period_end"]):
            continue
        year = int(row["period"]) if full else row["period_end"].year
        # A figure of the whole year ends with it, so it wins over any of a day within.
        day = f"{year}-12-31~" if full else str(row["period_end"])
        at = ((row["indicator_id"], row["place_id"], row["partner_id"], row["commodity_id"]), year)
        if at not in best or best[at][0] < day:
            best[at] = (day, row)
    for (_, year), (_, chosen) in best.items():
        yield chosen, year


def _published(dataset: Dataset) -> dict[str, str]:
    return {s: day.isoformat() for s, day in dataset["source"].select("source_id", "published").iter_rows()}


class _Reporters:
    """Countries by the words for them."""

    def __init__(self, dataset: Dataset) -> None:
        rows = dataset["place"].filter(pl.col("kind") == "country").iter_rows(named=True)
        words = {
            word.strip(): row["place_id"]
            for row in rows
            for word in (row["name"], *(row["names"] or "").split("|"))
            if word.strip()
        }
        self._places = words
        ordered = sorted(words, key=len, reverse=True)
        self._pattern = re.compile(r"\b(?:" + "|".join(map(re.escape, ordered)) + r")\b") if ordered else None

    def of(self, speaker: str | None) -> str | None:
        """Country that a speaker speaks for, where just one is named."""
        if not speaker or self._pattern is None:
            return None
        named = {self._places[word] for word in self._pattern.findall(speaker)}
        return named.pop() if len(named) == 1 else None


class _Rates:
    """Yearly average exchange rates."""

    def __init__(self, dataset: Dataset) -> None:
        rows = dataset["exchange_rate"].select("currency", "year", "usd_per_unit").iter_rows()
        self._usd = {(currency, year): float(rate) for currency, year, rate in rows}

    def convert(self, value: float, unit: str, to: str, year: int) -> float | None:
        """Return the value in another currency of the same year; None where no rate is known."""
        if unit == to:
            return value
        there = 1.0 if unit == "USD" else self._usd.get((unit, year))
        back = 1.0 if to == "USD" else self._usd.get((to, year))
        return value * there / back if there is not None and back is not None else None


def _no_rate(figure: Row, unit: str, year: int) -> Finding:
    money = re.fullmatch(r"[A-Z]{3}", figure["unit"]) and re.fullmatch(r"[A-Z]{3}", unit)
    problem = f"is in {figure['unit']}, the indicator in {unit}" + (
        f", and no rate of {year} is known" if money else ""
    )
    remedy = "add the yearly average to exchange_rate.csv" if money else "correct the unit with a review"
    return Finding(
        "figure", figure["figure_id"], "unit", figure["unit"], problem, f"{remedy}; the figure is left out",
        Severity.WARNING,
    )  # fmt: skip


def _doubts(frame: pl.DataFrame, indicators: Mapping[str, Row]) -> Iterator[Finding]:
    """Yield what looks wrong in the finished series: mixed units, negative quantities, rival vintages, gaps."""
    for (name,), part in frame.group_by(["series_id"], maintain_order=True):
        units = part["unit"].unique().sort().to_list()
        if len(units) > 1:
            yield Finding("series", str(name), "unit", ", ".join(units), "mixes units",
                          "give one unit, or tell the series apart by their definition and identifier")  # fmt: skip
            continue
        kind = indicators.get(part["indicator_id"][0], {}).get("indicator_class")
        balance = part["indicator_id"][0].endswith("_balance")
        for year, value in part.select("year", "value").filter(pl.col("value") < 0.0).iter_rows():
            if kind in _NEVER_NEGATIVE and not balance:
                yield Finding("series", f"{name}, {year}", "value", f"{value:g}", "is negative",
                              "correct the sign, or use a balance", Severity.WARNING)  # fmt: skip
        # What was announced is rarely announced every year; a series that somebody wrote down should be whole.
        years = sorted(set(part.filter(pl.col("evidence").is_null())["year"].to_list()))
        if not years:
            continue
        missing = sorted(set(range(years[0], years[-1] + 1)) - set(years))
        if missing:
            yield Finding("series", str(name), "year", ", ".join(map(str, missing)), "has gaps",
                          "add the years if they are known; forecasts bridge them", Severity.WARNING)  # fmt: skip
