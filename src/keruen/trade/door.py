"""The doors of forecasting: from a dataset to the table ``forecast``, and the score of the models on its own past."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from keruen.tables import Dataset
from keruen.tables.trade import Forecast as ForecastTable
from keruen.trade.backtest import RollingTest, rolling_test
from keruen.trade.history import Yearly, series, yearly
from keruen.trade.library import LEAST
from keruen.trade.models import BUILT_IN, forecasts

HORIZON = 10
"""Years past the last figure that are forecast unless another number is given."""


def forecast(dataset: Dataset, horizon: int = HORIZON, *, models: Sequence[str] = BUILT_IN) -> Dataset:
    """Forecast every yearly series that has three values or more.

    Parameters
    ----------
    dataset
        As for :func:`keruen.trade.series`.
    horizon
        Years past the last value of each series.
    models
        Names of the models to average; see :mod:`keruen.trade.models`.

    Returns
    -------
    Dataset
        With the tables ``yearly_series`` and ``forecast``.

    Raises
    ------
    InputError
        As :func:`keruen.trade.series` does.
    ValueError
        If ``horizon`` is below one or a model is unknown.
    """
    if horizon < 1:
        raise ValueError(f"a horizon of {horizon} years looks nowhere; give one year or more")
    dataset = series(dataset)
    rows: list[dict[str, Any]] = []
    # A library's model alone says nothing of a series that is too short for it.
    least = 3 if set(models) & set(BUILT_IN) else LEAST
    for history in yearly(dataset).values():
        if len(history.years) >= least:
            rows += _expected(history, horizon, models)
    frame = pl.DataFrame(rows, schema=ForecastTable.create_empty().schema, orient="row")
    return dataset.with_tables(forecast=ForecastTable.validate(frame.sort("series_id", "year")))


def _expected(history: Yearly, horizon: int, models: Sequence[str]) -> list[dict[str, Any]]:
    rows = []
    until = history.years[-1] + horizon
    for said in forecasts(history.years, history.values, until, unit=history.unit, models=models):
        middles = said.middles()
        rows.append(
            {
                "series_id": history.series_id, "year": said.year, "indicator_id": history.key[0],
                "place_id": history.key[1], "partner_id": history.key[2], "unit": history.unit,
                "last_year": history.years[-1], "last_value": history.values[-1],
                "points": len(history.years), "expected": said.quantile(0.5), "low": said.quantile(0.1),
                "high": said.quantile(0.9), "model_low": min(middles.values()),
                "model_high": max(middles.values()), "models": "|".join(middles),
            }
        )  # fmt: skip
    return rows


def score(dataset: Dataset, *, horizons: int = 5, least: int = 4) -> RollingTest | None:
    """Score the models on the dataset's own series; None where none is long enough.

    Parameters
    ----------
    dataset
        As for :func:`forecast`.
    horizons, least
        See :func:`keruen.trade.backtest.rolling_test`.
    """
    histories = {h.series_id: h for h in yearly(dataset).values() if len(h.years) > least}
    if not histories:
        return None
    return rolling_test(
        {name: (h.years, h.values) for name, h in histories.items()},
        horizons=horizons,
        least=least,
        units={name: h.unit for name, h in histories.items()},
    )
