"""What a validation says, in plain text: levels, changes, years unseen, and the score of forecasts."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from keruen.chain.validating import Validated
from keruen.tables import Dataset
from keruen.tables.words import percent, say

_GOOD = 0.2


def broken_floors(dataset: Dataset) -> list[str]:
    """Return the observations that the model misses by more than they ask."""
    found = dataset["validation"].filter(pl.col("difference").abs() > pl.col("floor"))
    return found["observation_id"].to_list()


def validation_lines(found: Validated) -> Iterator[str]:
    """Say how near the model comes, one line for each observation and each year foreseen."""
    dataset = found.dataset
    levels = dataset["validation"]
    if levels.height:
        yield f"{'':<52}{'':>6} {'model':>18} {'published':>18}{'difference':>12}"
        for row in levels.sort("observation_id").iter_rows(named=True):
            yield _level(row)
        yield ""
        yield from _summary(levels)
    changed = levels.drop_nulls("compared_with")
    if changed.height:
        yield ""
        yield "Changes, the parameters as they are:"
        first = dict(levels.select("observation_id", "label").iter_rows())
        for row in changed.iter_rows(named=True):
            verdict = _verdict(row["model_change"], row["published_change"])
            yield f"  {first[row['compared_with']]} -> {row['label']}:"
            yield f"    model {row['model_change']:+.1%}, published {row['published_change']:+.1%} ({verdict})"
    if dataset["back_test"].height:
        yield ""
        yield from _unseen(dataset["back_test"])
    if found.chances is not None:
        yield ""
        yield from _chances(found)
    if found.forecasts is not None:
        test = found.forecasts
        yield (
            f"Forecasts: {percent(test.within)} of {test.count} held-out figures lie within the 80 % interval; interval score "
            f"{test.score:.2f}, naive {test.score_naive:.2f} (lower is better)."
        )


def _level(row: dict[str, object]) -> str:
    unit = str(row["unit"])
    model, published = (f"{say(float(str(row[side])))} {unit}" for side in ("model", "published"))
    difference, floor = float(str(row["difference"])), row["floor"]
    mark = (
        ""
        if floor is None
        else "  ok"
        if abs(difference) <= float(str(floor))
        else f"  MISSES ITS FLOOR ({floor:.0%})"
    )
    role = "fitted" if row["role"] == "fitted" else ""
    return f"{str(row['label'])[:51]:<52}{row['year']:>6} {model:>18} {published:>18}{difference:>+12.0%}  {role:<6}{mark}"


def _summary(levels: pl.DataFrame) -> Iterator[str]:
    for role, words in (("fitted", "looked at when the model was calibrated"), ("held_out", "not looked at")):
        mine = levels.filter(pl.col("role") == role)["difference"].abs()
        if mine.len():
            near = int((mine <= _GOOD).sum())
            yield f"Of {mine.len()} numbers {words}, {near} lie within 20 %; median miss {percent(_number(mine.median()))}."
    asked = levels.drop_nulls("floor")
    held = int((asked["difference"].abs() <= asked["floor"]).sum())
    yield f"{held} of {asked.height} floors hold."


def _unseen(tests: pl.DataFrame) -> Iterator[str]:
    yield "Years foreseen with what was known the year before (error; last year's figure; its trend):"
    for row in tests.sort("year", "series").iter_rows(named=True):
        trend = "-" if row["trend_error"] is None else f"{row['trend_error']:.0%}"
        yield (
            f"  {row['year']}  {row['label'][:50]:<50} {row['model_error']:>6.0%} {row['naive_error']:>6.0%} {trend:>6}"
            f"{'  better than last year' if row['better'] else ''}"
        )
    errors = [percent(_number(tests[f"{name}_error"].median())) for name in ("model", "naive", "trend")]
    yield (
        f"Median error {errors[0]}; last year's figure {errors[1]}, trend {errors[2]}. Better than last year's figure in "
        f"{int(tests['better'].sum())} of {tests.height}."
    )


def _chances(found: Validated) -> Iterator[str]:
    test = found.chances
    assert test is not None
    yield (
        f"Chances of targets, on {test.count} cut out of the past: Brier score {test.brier:.3f}, naive {test.brier_naive:.3f}, "
        f"always the overall rate {test.brier_rate:.3f} (lower is better)."
    )
    said = ", ".join(
        f"said {percent(b.said)} came true {percent(b.happened)} ({b.count})" for b in test.reliability
    )
    yield f"  {said}."


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _verdict(model: float, published: float) -> str:
    """Say whether a change has the sign and the size of the published one."""
    if model * published <= 0.0:
        return "wrong sign"
    if 0.5 <= model / published <= 2.0:
        return "right sign and size"
    return f"right sign, {'too small' if model / published < 0.5 else 'too large'} by a factor of {_factor(model / published)}"


def _factor(ratio: float) -> str:
    times = ratio if ratio > 1.0 else 1.0 / ratio
    return f"{times:.0f}" if times >= 10.0 else f"{times:.1f}"
