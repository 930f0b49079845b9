"""How near the model comes to what happened: levels, changes, and years that it has not seen.

Three questions, in one command. *Levels*: the model beside what was published, for the year and the circumstances of each
observation. *Changes*: two observations of one thing, their parameters frozen, so that a demand table fitted to totals
cannot answer for the model. *Years unseen*: demand totals are forecast from what was known the year before, the model
carries them, and its growth is put on what was then published (pivoting: Daly, Fox and Patruni 2011), beside last year's
figure and its trend.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from keruen.chain.congestion import congest
from keruen.chain.estimating import demand_of
from keruen.chain.evidence import weigh
from keruen.chain.measuring import UNITS, Gauge
from keruen.chain.settings import Progress, silent
from keruen.errors import Finding, Severity, refuse_errors
from keruen.flows import Assignment
from keruen.outlooks.backtest import BackTest
from keruen.tables import TABLES, Dataset, read_folder
from keruen.tables.binding import row_key
from keruen.trade.backtest import RollingTest

Row = dict[str, Any]
VOLUMES = frozenset({"crossing", "border", "link", "corridor", "transit", "turnover"})
"""Measures that grow with trade, and so can be foreseen."""


@dataclass(frozen=True, slots=True)
class Validated:
    """The model beside what happened.

    Parameters
    ----------
    dataset
        With ``validation``, ``back_test`` and, where demand is fitted, ``demand_fit`` of every year that was looked at.
    chances
        How good stated chances of targets are; None where no series is long enough.
    forecasts
        How good forecast intervals are; None likewise.
    findings
        Warnings of the way.
    """

    dataset: Dataset
    chances: BackTest | None
    forecasts: RollingTest | None
    findings: Sequence[Finding]


def validate(dataset: str | Path | Dataset = "kazakhstan", *, progress: Progress = silent) -> Validated:
    """Hold a model against what was observed, and its forecasts against its own past.

    Parameters
    ----------
    dataset
        Folder, name of a built-in model, or a dataset already read.
    progress
        Called with the name of each step.

    Raises
    ------
    InputError
        With every finding, if the dataset has errors or an observation names what the model lacks.
    """
    loaded, findings = (dataset, []) if isinstance(dataset, Dataset) else read_folder(dataset)
    refuse_errors(findings)
    weighed = weigh(loaded, progress)
    findings = refuse_errors([*findings, *weighed.findings])
    found = weighed.dataset
    chances, forecasts = _of_the_past(found, progress)
    if not found.has("observation"):
        words = "has no rows, so there is nothing to hold the model against"
        findings = [
            *findings,
            Finding("observation", "", "", "", words, "write down what was counted", Severity.WARNING),
        ]
        return Validated(found, chances, forecasts, findings)
    model = Model(found, progress)
    compared = compare_all(found, {key: model.gauge(*key) for key in _cases(found)})
    tested = _back_tests(found, model)
    fits = [found["demand_fit"], *model.fits]
    found = found.with_tables(
        validation=compared,
        back_test=tested,
        demand_fit=pl.concat(fits).unique(["total_id", "year"]).sort("total_id", "year"),
    )
    return Validated(found, chances, forecasts, [*findings, *model.findings])


def base_year(dataset: str | Path | Dataset = "kazakhstan", progress: Progress = silent) -> Gauge:
    """Return the results of a model's base year.

    Raises
    ------
    InputError
        With every finding, if the dataset has errors.
    """
    loaded, findings = (dataset, []) if isinstance(dataset, Dataset) else read_folder(dataset)
    refuse_errors(findings)
    weighed = weigh(loaded, progress)
    refuse_errors([*findings, *weighed.findings])
    year = int(weighed.dataset["demand"]["year"].min())  # type: ignore[arg-type]
    return Model(weighed.dataset, progress).gauge(year, None)


def compare_run(dataset: Dataset, assignment: Assignment, scenario: str | None) -> pl.DataFrame:
    """Return the table ``validation`` of a finished run: the observations of its year and scenario."""
    year = assignment.network.year
    mine = dataset["observation"].filter(
        (pl.col("year") == year) & pl.col("scenario_id").eq_missing(pl.lit(scenario))
    )
    alone = dataset.with_tables(observation=mine.with_columns(compared_with=pl.lit(None, dtype=pl.String)))
    return compare_all(alone, {(year, scenario): Gauge(dataset, assignment)})


def compare_all(dataset: Dataset, gauges: Mapping[tuple[int, str | None], Gauge]) -> pl.DataFrame:
    """Return the table ``validation``, each observation measured in its own year and scenario."""
    seen = {row["observation_id"]: row for row in dataset["observation"].iter_rows(named=True)}
    model = {name: gauges[row["year"], row["scenario_id"]].measure(row) for name, row in sorted(seen.items())}
    sources = _sources(dataset)
    rows = []
    for name, row in sorted(seen.items()):
        before = seen.get(row["compared_with"] or "")
        rows.append({
            "observation_id": name, "year": row["year"], "label": row["label"], "scenario_id": row["scenario_id"],
            "unit": UNITS[row["measure"]], "model": model[name], "published": row["value"],
            "difference": _share(model[name], row["value"]), "role": row["role"], "floor": row["floor"],
            "source": sources.get(name, "typed by hand"), "compared_with": row["compared_with"],
            "model_change": None if before is None else _share(model[name], model[before["observation_id"]]),
            "published_change": None if before is None else _share(row["value"], before["value"]),
        })  # fmt: skip
    types = {name: column.dtype for name, column in TABLES["validation"].schema.columns().items()}
    return pl.DataFrame(rows, schema=types)


def _share(value: float, base: float) -> float:
    return value / base - 1.0 if base > 0.0 else math.inf


def _sources(dataset: Dataset) -> dict[str, str]:
    """Return what each observed value rests on."""
    lineage = dataset["lineage"].filter((pl.col("table") == "observation") & (pl.col("column") == "value"))
    rests: dict[str, list[str]] = {}
    for row, kind, name in lineage.select("row", "rests_on_kind", "rests_on").iter_rows():
        rests.setdefault(row, []).append(name if kind == "figure" else f"{kind} {name}")
    frame = dataset["observation"]
    return {
        name: ", ".join(sorted(rests[key]))
        for at, name in enumerate(frame["observation_id"])
        if (key := row_key("observation", frame, at)) in rests
    }


def _cases(dataset: Dataset) -> list[tuple[int, str | None]]:
    pairs = dataset["observation"].select("year", "scenario_id").unique().iter_rows()
    return sorted(pairs, key=lambda pair: (pair[0], pair[1] or ""))


class Model:
    """The model of any year and scenario, solved once each.

    Parameters
    ----------
    dataset
        Weighed.
    progress
        Called with each solve.
    """

    def __init__(self, dataset: Dataset, progress: Progress) -> None:
        self.dataset = dataset
        self.findings: list[Finding] = []
        self.fits: list[pl.DataFrame] = []
        self.progress = progress
        self._gauges: dict[tuple[int, str | None], Gauge] = {}
        self._demand: dict[int, Dataset] = {}

    def gauge(self, year: int, scenario: str | None) -> Gauge:
        """Return the results of a year under a scenario."""
        if (year, scenario) not in self._gauges:
            self.progress(f"solving {year}" + (f" with {scenario}" if scenario else ""))
            self._gauges[year, scenario] = self.solve(self.of_year(year), year, scenario)
        return self._gauges[year, scenario]

    def of_year(self, year: int) -> Dataset:
        """Return the dataset with the demand of a year."""
        if year in set(self.dataset["demand"]["year"]):
            return self.dataset
        if year not in self._demand:
            dataset, findings = demand_of(self.dataset, year)
            self.findings += findings
            self.fits.append(dataset["demand_fit"])
            self._demand[year] = dataset
        return self._demand[year]

    def solve(
        self, dataset: Dataset, year: int, scenario: str | None, warm: Assignment | None = None
    ) -> Gauge:
        """Return the results of a dataset under a scenario, from flows that are near if there are any."""
        from keruen import crossings, flows, network, scenarios

        if scenario is not None:
            dataset = scenarios.apply(dataset, scenarios.active_changes(dataset, year, scenario_id=scenario))
        net = network.build(dataset, year=year)
        congested = congest(dataset, net, warm=warm)
        dataset = dataset.with_tables(**congested.assignment.tables())
        return Gauge(
            dataset.with_tables(
                crossing_performance=crossings.performance(dataset, congested.volumes, year=year),
                corridor_scorecard=flows.scorecards(dataset, net, congested.assignment),
            ),
            congested.assignment,
        )


def _back_tests(dataset: Dataset, model: Model) -> pl.DataFrame:
    """Return the table ``back_test``: every year for which there are totals of the year before and of one before that."""
    totals = dataset["control_total"]
    known = sorted(set(totals["year"]))
    rows = []
    for last in known[1:]:
        due = [pair for pair in _consecutive(dataset) if pair[0]["year"] == last]
        if not due:
            continue
        model.progress(f"foreseeing {last + 1} with what was known of {last}")
        then = model.of_year(last)
        expected = _foreseen(totals.filter(pl.col("year") <= last), then["demand_fit"], last)
        ahead, _ = demand_of(then, last + 1, totals=expected)
        gauges: dict[str | None, Gauge] = {}
        for before, after in due:
            scenario = before["scenario_id"]
            if scenario not in gauges:
                gauges[scenario] = model.solve(ahead, last + 1, scenario)
            growth = gauges[scenario].measure(before) / max(model.gauge(last, scenario).measure(before), 1e-9)
            rows.append(_scored(dataset, before, after, before["value"] * growth))
    types = {name: column.dtype for name, column in TABLES["back_test"].schema.columns().items()}
    return pl.DataFrame(rows, schema=types).sort("series", "year")


def _consecutive(dataset: Dataset) -> list[tuple[Row, Row]]:
    """Return pairs of observations of one series in consecutive years."""
    by = {}
    for row in dataset["observation"].sort("observation_id").iter_rows(named=True):
        if row["series"] is not None and row["measure"] in VOLUMES:
            by[row["series"], row["year"]] = row
    return [(row, by[name, year + 1]) for (name, year), row in sorted(by.items()) if (name, year + 1) in by]


def _foreseen(totals: pl.DataFrame, fit: pl.DataFrame, last: int) -> pl.DataFrame:
    """Return the totals of the year after ``last``: what the demand of ``last`` adds up to, grown as their past suggests."""
    from keruen.trade.models import forecasts

    now: dict[str, float] = dict(fit.filter(pl.col("year") == last).select("total_id", "fitted").iter_rows())
    rows = []
    for name in sorted(now):
        past = totals.filter(pl.col("total_id") == name).sort("year")
        years, middles = past["year"].to_list(), ((past["low"] + past["high"]) / 2.0).to_list()
        growth = 1.0
        if len(years) > 1:
            growth = forecasts(years, middles, last + 1, unit="t")[-1].quantile(0.5) / middles[-1]
        rows.append(
            {
                **past.row(-1, named=True),
                "year": last + 1,
                "low": now[name] * growth,
                "high": now[name] * growth,
            }
        )
    return pl.DataFrame(rows, schema=totals.schema)


def _scored(dataset: Dataset, before: Row, after: Row, said: float) -> Row:
    happened, naive = after["value"], before["value"]
    earlier = (
        dataset["observation"]
        .filter((pl.col("series") == before["series"]) & (pl.col("year") < before["year"]))
        .sort("year")
    )
    trend = None
    if earlier.height:
        year, value = earlier.select("year", "value").row(-1)
        trend = naive * (naive / value) ** (1.0 / (before["year"] - year))
    error, naive_error = abs(said / happened - 1.0), abs(naive / happened - 1.0)
    return {
        "series": after["series"], "year": after["year"], "label": after["label"], "published": happened, "model": said,
        "naive": naive, "trend": trend, "model_error": error, "naive_error": naive_error,
        "trend_error": None if trend is None else abs(trend / happened - 1.0), "better": error < naive_error,
    }  # fmt: skip


def _of_the_past(dataset: Dataset, progress: Progress) -> tuple[BackTest | None, RollingTest | None]:
    """Score forecasts and chances on the dataset's own series."""
    from keruen.outlooks import score as score_chances
    from keruen.trade.door import score
    from keruen.trade.history import yearly

    if not dataset.has("figure") and not dataset.has("series"):
        return None, None
    progress("scoring the forecasts on the past")
    if not any(len(history.years) >= 4 for history in yearly(dataset).values()):
        return None, None
    return score_chances(dataset), score(dataset)
