"""Exponential smoothing and ARIMA of statsmodels, for those who installed the extra ``trade``.

They speak with their own prediction variances, widened to Student's t because they treat estimated parameters as known.
Both need an unbroken series: gaps are bridged by straight lines on the working scale.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from keruen.errors import KeruenError
from keruen.trade.models import Floats, Model

LEAST = 8
"""Figures below which the library's models keep silent."""
_ORDERS = ((0, 1, 0), (0, 1, 1), (1, 1, 0), (1, 1, 1), (0, 2, 1), (1, 0, 0))


def library_models(
    years: npt.NDArray[np.int64], values: Floats, ahead: int, names: Sequence[str], *, scatter: float
) -> dict[str, list[Model]]:
    """Return the answers of ``ets`` and ``arima`` by horizon; none for a series that is too short.

    Parameters
    ----------
    years, values
        (n,) years in order and values on the working scale.
    ahead
        Years past the last.
    names
        Which of the two.
    scatter
        Standard deviation of a year's change below which no prediction is as sure as it says.

    Raises
    ------
    KeruenError
        If statsmodels is not installed.
    """
    try:
        state_space: Any = importlib.import_module("statsmodels.tsa.exponential_smoothing.ets")
        arima: Any = importlib.import_module("statsmodels.tsa.arima.model")
    except ImportError:
        raise KeruenError(
            "the models ets and arima come with an extra; install it with: pip install 'keruen[trade]'"
        ) from None
    if years.size < LEAST:
        return {}
    whole = np.interp(np.arange(years[0], years[-1] + 1), years, values)
    answers = {}
    with warnings.catch_warnings():
        # A likelihood that does not converge is said by statsmodels as a warning; the average carries one poor member.
        warnings.simplefilter("ignore")
        for name in names:
            centre, variance = (
                _ets(state_space, whole, ahead) if name == "ets" else _arima(arima, whole, ahead)
            )
            spread = np.sqrt(variance + (0.1 * scatter) ** 2)
            freedom = float(max(years.size - 3, 3))
            answers[name] = [
                Model(name, (float(centre[h]),), (float(spread[h]),), (1.0,), freedom) for h in range(ahead)
            ]
    return answers


def _ets(module: Any, whole: Floats, ahead: int) -> tuple[Floats, Floats]:
    """Additive errors and damped additive trend (Hyndman et al. 2008, Forecasting with exponential smoothing)."""
    # statsmodels indexes predictions by label, so a bare array will not do.
    labelled = importlib.import_module("pandas").Series(whole)
    fitted = module.ETSModel(labelled, error="add", trend="add", damped_trend=True).fit(disp=False)
    said = fitted.get_prediction(start=whole.size, end=whole.size + ahead - 1)
    return np.asarray(said.predicted_mean), np.asarray(said.forecast_variance)


def _arima(module: Any, whole: Floats, ahead: int) -> tuple[Floats, Floats]:
    """The order with the least corrected information criterion among a few (Hyndman and Khandakar 2008)."""
    fits = []
    for order in _ORDERS:
        trend = "t" if order[1] == 1 else "c" if order[1] == 0 else "n"
        # Orders that difference more see fewer values; the criterion is comparable within one d, so take it per value.
        fitted = module.ARIMA(whole, order=order, trend=trend).fit()
        fits.append((float(fitted.aicc) / (whole.size - order[1]), order, fitted))
    said = min(fits, key=lambda f: f[:2])[2].get_forecast(ahead)
    return np.asarray(said.predicted_mean), np.asarray(said.var_pred_mean)
