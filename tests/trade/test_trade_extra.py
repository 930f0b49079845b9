"""What the extra ``trade`` brings: the gravity model of pyfixest, exponential smoothing and ARIMA of statsmodels."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from keruen.errors import InputError, KeruenError
from keruen.tables import Dataset
from keruen.tables.trade import Series
from keruen.trade import forecast as trade_forecast
from keruen.trade.backtest import rolling_test
from keruen.trade.models import BUILT_IN, forecast
from keruen.trade.ppml import gravity

fixest = pytest.mark.skipif(
    importlib.util.find_spec("pyfixest") is None,
    reason="pyfixest is not installed (pip install 'keruen[trade]')",
)
models = pytest.mark.skipif(
    importlib.util.find_spec("statsmodels") is None,
    reason="statsmodels is not installed (pip install 'keruen[trade]')",
)

# Santos Silva and Tenreyro (2006), Table 3, last column (PPML), and Table 5, last column (PPML with fixed effects).
TABLE_3 = {
    "lypex": 0.732, "lypim": 0.741, "lyex": 0.157, "lyim": 0.135, "ldist": -0.784, "border": 0.193,
    "comlang": 0.746, "colony": 0.025, "landl_ex": -0.863, "lremot_ex": 0.660, "comfrt_wto": 0.181,
    "open_wto": -0.107,
}  # fmt: skip
ERRORS_3 = {"lypex": 0.027, "ldist": 0.055, "comlang": 0.135}
TABLE_5 = {"ldist": -0.750, "border": 0.370, "comlang": 0.383, "colony": 0.079, "comfrt_wto": 0.376}


@pytest.fixture(scope="module")
def trade(shared: Path) -> pl.DataFrame:
    pandas = pytest.importorskip("pandas")
    return pl.from_pandas(pandas.read_stata(shared / "samples" / "gravity" / "log_of_gravity.dta"))


@fixest
@pytest.mark.slow
def test_table_3_of_the_log_of_gravity(trade: pl.DataFrame) -> None:
    found = gravity(
        trade, flow="trade",
        covariates=["lyex", "lyim", "lypex", "lypim", "ldist", "border", "comlang", "colony", "landl_ex",
                    "landl_im", "lremot_ex", "lremot_im", "comfrt_wto", "open_wto"],
    )  # fmt: skip
    assert found.count == 18360
    for name, published in TABLE_3.items():
        assert round(found.coefficients[name].estimate, 3) == published
    for name, published in ERRORS_3.items():
        assert round(found.coefficients[name].error, 3) == published


@fixest
@pytest.mark.slow
def test_table_5_of_the_log_of_gravity(trade: pl.DataFrame) -> None:
    found = gravity(trade, flow="trade", covariates=list(TABLE_5), effects=["s1_im", "s2_ex"])
    for name, published in TABLE_5.items():
        assert round(found.coefficients[name].estimate, 3) == published


def simulated(countries: int = 40, seed: int = 4) -> pl.DataFrame:
    """Pairs whose elasticities are -0.9 by distance and 0.4 by a common border, with zeros and rough errors."""
    rng = np.random.default_rng(seed)
    out, back = np.divmod(np.arange(countries**2), countries)
    distance = rng.uniform(0.0, 3.0, countries**2)
    border = (rng.uniform(size=countries**2) < 0.15).astype(float)
    push, pull = rng.normal(1.0, 0.7, countries), rng.normal(1.0, 0.7, countries)
    mean = np.exp(push[out] + pull[back] - 0.9 * distance + 0.4 * border)
    flow = rng.poisson(mean * rng.gamma(2.0, 0.5, countries**2)).astype(float)
    return pl.DataFrame(
        {"exporter": out, "importer": back, "distance": distance, "border": border, "flow": flow}
    ).filter(pl.col("exporter") != pl.col("importer"))


@fixest
@pytest.mark.slow
def test_a_known_truth_is_recovered() -> None:
    found = gravity(
        simulated(), flow="flow", covariates=["distance", "border"], effects=["exporter", "importer"]
    )
    for name, truth in (("distance", -0.9), ("border", 0.4)):
        got = found.coefficients[name]
        assert abs(got.estimate - truth) < 2.5 * got.error
        assert got.error < 0.1


def test_faults_of_the_pairs_are_told_all_at_once() -> None:
    pairs = pl.DataFrame({"flow": [1.0, -2.0], "distance": [1.0, float("inf")]})
    with pytest.raises(InputError) as refused:
        gravity(pairs, flow="flow", covariates=["distance", "nothing"])
    assert [(f.column, f.problem.split()[0]) for f in refused.value.findings] == [
        ("distance", "holds"), ("flow", "is"), ("nothing", "is"),
    ]  # fmt: skip


@pytest.mark.skipif(importlib.util.find_spec("pyfixest") is not None, reason="pyfixest is installed")
def test_without_the_extra_gravity_says_what_to_install() -> None:
    with pytest.raises(KeruenError, match=r"pip install 'keruen\[trade\]'"):
        gravity(simulated(4), flow="flow", covariates=["distance"])


@pytest.mark.skipif(importlib.util.find_spec("statsmodels") is not None, reason="statsmodels is installed")
def test_without_the_extra_library_models_say_what_to_install() -> None:
    with pytest.raises(KeruenError, match=r"pip install 'keruen\[trade\]'"):
        forecast(range(2010, 2020), range(1, 11), 2022, models=(*BUILT_IN, "arima"))


@models
@pytest.mark.slow
def test_the_librarys_models_join_the_average() -> None:
    growing = [100 * 1.1**k * (1 + 0.02 * (-1) ** k) for k in range(12)]
    found = forecast(range(2010, 2022), growing, 2024, models=(*BUILT_IN, "ets", "arima"))
    middles = found.middles()
    assert list(middles) == [*BUILT_IN, "ets", "arima"]
    assert 350 < middles["ets"] < 420
    assert 350 < middles["arima"] < 420


@models
def test_the_librarys_models_keep_silent_on_short_series() -> None:
    found = forecast([2022, 2023, 2024], [1.0, 2.0, 3.0], 2026, models=("naive", "ets", "arima"))
    assert list(found.middles()) == ["naive"]
    with pytest.raises(ValueError, match="too short"):
        forecast([2022, 2023, 2024], [1.0, 2.0, 3.0], 2026, models=("ets",))


@pytest.mark.slow
@models
def test_coverage_on_series_that_nothing_was_chosen_by() -> None:
    """Yearly averages of United States national accounts, money and unemployment 1959-2008, and copper 1951-75.

    The series come with statsmodels (Bureau of Economic Analysis and Federal Reserve; Gill 1982). None of them was in view
    when the models and their prior were chosen. The intervals hold a little more than they say, and still beat naive.
    """
    data = importlib.import_module("statsmodels.datasets")
    macro = data.macrodata.load_pandas().data
    yearly = (
        macro[macro["year"] < 2009]
        .groupby("year")[["realgdp", "realcons", "realinv", "cpi", "m1", "unemp"]]
        .mean()
    )
    series = {name: ([int(y) for y in yearly.index], [float(v) for v in yearly[name]]) for name in yearly}
    copper = data.copper.load_pandas().data
    for name in ("WORLDCONSUMPTION", "COPPERPRICE"):
        series[name] = (list(range(1951, 1951 + len(copper))), [float(v) for v in copper[name]])
    found = rolling_test(series)
    print(
        f"{found.count} points, {found.within:.1%} within, score {found.score:.3f}, naive {found.score_naive:.3f}"
    )
    assert found.count >= 200
    assert 0.70 <= found.within <= 0.95
    assert found.score < found.score_naive


@models
def test_library_models_alone_say_nothing_of_short_series() -> None:
    """Eight figures are what they need; shorter series are left out rather than refused."""
    rows = [
        {"series_id": f"gdp/{place}/-/-/-", "year": 2000 + k, "vintage": "2020", "indicator_id": "gdp", "place_id": place,
         "unit": "USD", "value": 100.0 * 1.05**k, "citation": "made up"}
        for place, n in (("ALA", 9), ("BOR", 5))
        for k in range(n)
    ]  # fmt: skip
    empty = Series.create_empty()
    full = [dict.fromkeys(empty.columns) | row for row in rows]
    data = Dataset({"series": pl.DataFrame(full, schema=empty.schema, orient="row")})
    found = trade_forecast(data, horizon=1, models=("ets", "arima"))["forecast"]
    assert found["series_id"].to_list() == ["gdp/ALA/-/-/-"]
    assert found["models"].to_list() == ["ets|arima"]
