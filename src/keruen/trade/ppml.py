"""The gravity model of trade: what distance, borders and agreements do to the flows between countries.

Receives one row a pair of countries; hands on elasticities. Estimated by Poisson pseudo-maximum likelihood, which keeps
the pairs that do not trade and is right under heteroskedasticity, where a regression of logarithms is not (Santos Silva
and Tenreyro 2006, The log of gravity). The estimator is pyfixest's, which the extra ``trade`` brings.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from keruen.errors import Finding, KeruenError, refuse_errors

_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Coefficient:
    """One estimated effect.

    Parameters
    ----------
    estimate
        Change of the logarithm of trade by one unit of the covariate (an elasticity where that is a logarithm).
    error
        Robust standard error.
    """

    estimate: float
    error: float


@dataclass(frozen=True, slots=True)
class Gravity:
    """An estimated gravity equation.

    Parameters
    ----------
    coefficients
        By covariate.
    count
        Pairs that the estimate rests on; pairs whose effects absorb them altogether are left out.
    effects
        Columns whose fixed effects were absorbed.
    """

    coefficients: Mapping[str, Coefficient]
    count: int
    effects: tuple[str, ...]


def gravity(
    pairs: pl.DataFrame, *, flow: str, covariates: Sequence[str], effects: Sequence[str] = ()
) -> Gravity:
    """Estimate a gravity equation.

    Parameters
    ----------
    pairs
        One row a pair: the flow, the covariates and the columns of the effects, all without gaps.
    flow
        Column of the flow, zero or more, in any unit.
    covariates
        Columns of the covariates, such as the logarithm of distance.
    effects
        Columns whose fixed effects are absorbed, such as exporter and importer.

    Raises
    ------
    InputError
        If a column is missing, holds gaps or infinite numbers, or a flow is negative.
    KeruenError
        If pyfixest is not installed.
    """
    findings = list(_faults(pairs, flow, covariates, effects))
    refuse_errors(findings)
    try:
        pyfixest: Any = importlib.import_module("pyfixest")
        pandas: Any = importlib.import_module("pandas")
    except ImportError:
        raise KeruenError(
            "the gravity model comes with an extra; install it with: pip install 'keruen[trade]'"
        ) from None
    formula = f"{flow} ~ {' + '.join(covariates)}" + (f" | {' + '.join(effects)}" if effects else "")
    numbers = pairs.select(flow, *covariates).cast(pl.Float64)
    # Polars needs pyarrow to convert by itself; columns of numbers and names need nothing.
    data = pandas.DataFrame(
        {c: numbers[c].to_numpy() for c in numbers.columns} | {c: pairs[c].to_list() for c in effects}
    )
    fitted = pyfixest.fepois(formula, data=data, vcov="hetero")
    estimates, errors = fitted.coef(), fitted.se()
    return Gravity(
        {
            name: Coefficient(float(estimates[name]), float(errors[name]))
            for name in covariates
            if name in estimates
        },
        int(fitted._N),
        tuple(effects),
    )


def _faults(
    pairs: pl.DataFrame, flow: str, covariates: Sequence[str], effects: Sequence[str]
) -> Sequence[Finding]:
    found = []
    for name in (flow, *covariates, *effects):
        if name not in pairs.columns or not _NAME.fullmatch(name):
            found.append(
                Finding("pairs", "", name, "", "is no column of the pairs that a formula can name",
                        f"give one of {', '.join(pairs.columns[:12])}, of letters, digits and underscores")
            )  # fmt: skip
            continue
        gaps = pairs[name].null_count() + (
            int((~pairs[name].is_finite()).sum()) if pairs[name].dtype.is_float() else 0
        )
        if gaps:
            found.append(
                Finding("pairs", "", name, str(gaps), "holds gaps or infinite numbers", "leave those pairs out")
            )  # fmt: skip
            continue
        negative = pairs.filter(pl.col(name) < 0.0).height if name == flow else 0
        if negative:
            problem = f"is negative in {negative} pairs"
            found.append(Finding("pairs", "", flow, str(negative), problem, "trade is zero or more"))
    if not covariates:
        found.append(Finding("pairs", "", "", "", "no covariate was named", "name at least one"))
    if not pairs.height:
        found.append(Finding("pairs", "", "", "", "has no rows", "give one row a pair"))
    return found
