"""The promise tracker: what was promised, by whom, and did it happen?

Receives promises with their versions and the yearly series that measure them; hands on a verdict for each with the
statements it rests on. What was said together with a promise is what stood then, not what came of it, so only a figure
published later and of the year of the promise or a later one can keep or break it. The clock is the evidence's own: the
day of the latest source, not the day on which somebody asks.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from keruen.errors import Finding
from keruen.tables import Dataset
from keruen.tables.trade import PromiseHistory, PromiseStatus
from keruen.tables.words import say
from keruen.trade.history import (
    Key,
    Row,
    Yearly,
    catalogue,
    find,
    gather,
    growth,
    needed,
    series,
    volume_growth,
    yearly,
)
from keruen.trade.promised import Promised, Version, promised
from keruen.trade.wording import by_when

_SLACK = 1e-9


def promises(dataset: Dataset) -> Dataset:
    """Judge every promise.

    Parameters
    ----------
    dataset
        Tables ``promise`` and ``promise_version`` as people wrote them (both may be empty: every announced aim is then
        a promise of its own), ``figure``, ``statement``, ``source``, ``indicator``, ``place`` and what
        :func:`keruen.trade.series` takes.

    Returns
    -------
    Dataset
        With ``yearly_series``, ``promise_history`` (every saying) and ``promise_status``. Verdicts:

        * ``met``: reached by the deadline first announced;
        * ``late``: that deadline passed without it; it may have been reached since;
        * ``redefined``: level or deadline were changed before it was reached;
        * ``unmeasurable``: no deadline or no level was ever given;
        * ``no_evidence``: nothing counts it, or no figure of the deadline's year is known;
        * ``open``: the deadline is still to come.

    Raises
    ------
    InputError
        As :func:`keruen.trade.series` does.
    """
    dataset = series(dataset)
    known, _ = promised(dataset)
    court = _Court(dataset)
    rows = [court.judge(promise) for promise in known]
    status = pl.DataFrame(rows, schema=PromiseStatus.create_empty().schema, orient="row")
    return dataset.with_tables(
        promise_history=_history_table(known),
        promise_status=PromiseStatus.validate(status),
    )


def findings(dataset: Dataset) -> list[Finding]:
    """Return what is doubtful: unknown figures of a promise, deadlines before their announcement, gaps in series, ..."""
    return [*promised(dataset)[1], *gather(dataset)[1]]


def changes(before: Dataset, after: Dataset) -> pl.DataFrame:
    """Return what happened to promises between two datasets that :func:`promises` judged.

    Parameters
    ----------
    before, after
        With ``promise_status``.

    Returns
    -------
    polars.DataFrame
        Columns ``promise_id``, ``label``, ``event`` (new, moved, redefined, kept, broken, gone), ``was``, ``now``; a
        promise may have several events.
    """
    old = {row["promise_id"]: row for row in before["promise_status"].iter_rows(named=True)}
    new = {row["promise_id"]: row for row in after["promise_status"].iter_rows(named=True)}
    rows: list[tuple[str, str, str, str, str]] = []
    for name in sorted(old.keys() | new.keys()):
        was, now = old.get(name), new.get(name)
        if was is None or now is None:
            row = now or was
            assert row is not None
            said = _standing(row)
            rows.append((name, row["label"], "new" if was is None else "gone",
                         "" if was is None else said, said if was is None else ""))  # fmt: skip
            continue
        if was["deadline"] != now["deadline"]:
            rows.append((name, now["label"], "moved", by_when(was["deadline"]), by_when(now["deadline"])))
        if was["value"] != now["value"]:
            rows.append((name, now["label"], "redefined", _level(was), _level(now)))
        event = {"met": "kept", "late": "broken"}.get(now["verdict"])
        if event and was["verdict"] != now["verdict"]:
            rows.append((name, now["label"], event, was["verdict"], now["explanation"]))
    columns = ["promise_id", "label", "event", "was", "now"]
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


def _level(row: Row) -> str:
    return say(row["value"], row["unit"]) if row["value"] is not None else "no level"


def _standing(row: Row) -> str:
    return f"{_level(row)} {by_when(row['deadline'])}"


@dataclass(frozen=True, slots=True)
class _Point:
    """A measured value."""

    year: int
    value: float
    evidence: str


class _Court:
    """What all promises are judged by."""

    def __init__(self, dataset: Dataset) -> None:
        self.history: Mapping[Key, Yearly] = yearly(dataset)
        self.directed = dict(catalogue(dataset).select("indicator_id", "directed").iter_rows())
        self.figures = {
            row["figure_id"]: row
            for row in dataset["figure"].filter(pl.col("aspect") == "actual").iter_rows(named=True)
        }
        published = dict(dataset["source"].select("source_id", "published").iter_rows())
        statements = dataset["statement"].select("statement_id", "source_id").iter_rows()
        self.said_on: dict[str, dt.date] = {s: published[p] for s, p in statements if p in published}
        self.prices: dict[str, dict[int, float]] = defaultdict(dict)
        for money, year, value in dataset["price_index"].select("index_id", "year", "value").iter_rows():
            self.prices[money][year] = value
        days = [
            *published.values(),
            *dataset["promise_version"]["announced"].to_list(),
        ]
        self.as_of: dt.date | None = max(days, default=None)

    def judge(self, promise: Promised) -> dict[str, Any]:
        """Return one row of ``promise_status``."""
        versions = promise.versions
        as_of = max(self.as_of or versions[-1].announced, versions[-1].announced)
        history = self._history(promise)
        points = self._points(history, versions[0])
        dated = [v for v in versions if v.deadline is not None and v.value is not None]
        last = _Point(history.years[-1], history.values[-1], history.evidence[-1]) if history else None
        if dated:
            verdict, words, used = _judged(promise, dated, points, last, as_of)
        else:
            verdict, words, used = _unmeasurable(promise, versions[-1], last)
        stands = dated[-1] if dated else versions[-1]
        shown = used[-1] if used else last
        pace = _needed(stands, last)
        judged_by = [p.evidence for p in used]
        return {
            "promise_id": promise.promise_id, "label": promise.label, "office": promise.office,
            "indicator_id": promise.quantity[0], "place_id": promise.quantity[1],
            "partner_id": promise.quantity[2], "unit": promise.unit,
            "first_announced": versions[0].announced, "last_said": versions[-1].announced,
            "versions": len(versions), "first_value": versions[0].value,
            "first_deadline": versions[0].deadline, "value": stands.value, "deadline": stands.deadline,
            "measured_year": shown.year if shown else None,
            "measured_value": shown.value if shown else None,
            "needed_growth": pace, "needed_volume_growth": self._volume(pace, promise.unit), "achieved_growth": _achieved(history),
            "verdict": verdict, "explanation": words, "history": _history_words(promise),
            "as_of": as_of,
            "said_in": list(dict.fromkeys(v.source_id or v.citation or "" for v in versions)),
            "statements": list(dict.fromkeys(s for v in versions for s in v.statements)),
            "evidence": judged_by,
            "evidence_statements": sorted(
                {s for e in judged_by if e in self.figures for s in self.figures[e]["rests_on"]}
            ),
        }  # fmt: skip

    def _volume(self, pace: float | None, unit: str) -> float | None:
        """The part of a pace in money that is volume."""
        prices = self.prices.get(unit)
        return volume_growth(pace, prices) if pace is not None and prices else None

    def _history(self, promise: Promised) -> Yearly | None:
        if promise.measured_by is None:
            return None
        key: Key = (promise.measured_by, *promise.quantity[1:])
        found = find(self.history, key, directed=bool(self.directed.get(promise.measured_by, True)))
        return found if found is not None and found.unit == promise.unit else None

    def _points(self, history: Yearly | None, first: Version) -> list[_Point]:
        """Values that can tell whether the promise was kept."""
        if history is None:
            return []
        points = map(_Point, history.years, history.values, history.evidence)
        return [p for p in points if p.year >= first.announced.year and self._later(p.evidence, first)]

    def _later(self, evidence: str, first: Version) -> bool:
        figure = self.figures.get(evidence)
        if figure is None:
            return True
        days = [self.said_on[s] for s in figure["rests_on"] if s in self.said_on]
        return not days or max(days) > first.announced


Judgement = tuple[str, str, list[_Point]]


def _judged(
    promise: Promised, dated: Sequence[Version], points: Sequence[_Point], last: _Point | None, as_of: dt.date
) -> Judgement:  # fmt: skip
    """Judge a promise that has a level and a year."""
    first, stands, unit = dated[0], dated[-1], promise.unit

    def reached(version: Version) -> list[_Point]:
        assert version.value is not None
        edge = version.value * (1.0 - _SLACK) if promise.more else version.value * (1.0 + _SLACK)
        return [p for p in points if (p.value >= edge if promise.more else p.value <= edge)]

    def level(version: Version) -> str:
        assert version.value is not None
        return f"{say(version.value, unit)} {by_when(version.deadline)}"

    assert first.deadline is not None
    assert stands.deadline is not None
    kept = [p for p in reached(first) if p.year <= first.deadline]
    if kept:
        return "met", f"{level(first)} was reached: {_at(kept[0], unit)}.", kept[:1]
    changed = (first.value, first.deadline) != (stands.value, stands.deadline)
    first_due = as_of.year > first.deadline
    if changed and first.value == stands.value and first_due:
        made = reached(stands)
        since = f"reached since: {_at(made[0], unit)}" if made else _so_far(points, last, unit)
        words = (
            f"{level(first)} passed unmet and was moved to {stands.deadline} on {stands.announced}; {since}."
        )
        return "late", words, made[:1] or list(points[-1:])
    if changed:
        made = [p for p in reached(stands) if p.year <= stands.deadline]
        since = f"as it stands it was reached: {_at(made[0], unit)}" if made else _so_far(points, last, unit)
        words = f"{level(first)} became {level(stands)} on {_when_changed(dated)}; {since}."
        return "redefined", words, made[:1] or list(points[-1:])
    if as_of.year > stands.deadline:
        then = [p for p in points if p.year >= stands.deadline]
        if not then:
            return (
                "no_evidence",
                f"{level(stands)} is due, but no figure of {stands.deadline} is known; {_so_far(points, last, unit)}.",
                [],
            )
        made = reached(stands)
        if made and then[0].year > stands.deadline and then[0] in made:
            # It is reached by now, but whether in time nobody can say.
            words = f"{level(stands)} is reached by now: {_at(then[0], unit)}; no figure of {stands.deadline} is known."
            return "no_evidence", words, then[:1]
        if made:
            return "late", f"{level(stands)} came late: {_at(made[0], unit)}.", made[:1]
        return "late", f"{level(stands)} was not reached: {_at(then[-1], unit)}.", then[-1:]
    if last is None:
        reason = "nothing counts it" if promise.measured_by is None else "no figure of it is known"
        return "no_evidence", f"{level(stands)} is still to come, and {reason}.", []
    pace = needed(last.year, last.value, stands.deadline, stands.value or 0.0)
    words = f" ({100.0 * pace:+.1f} % a year needed)" if pace is not None else ""
    return "open", f"{level(stands)} is still to come; {_so_far(points, last, unit)}{words}.", list(points[-1:])  # fmt: skip


def _when_changed(dated: Sequence[Version]) -> str:
    """Day on which the promise became what it is."""
    stands = dated[-1]
    same = [v for v in dated if (v.value, v.deadline) == (stands.value, stands.deadline)]
    return same[0].announced.isoformat()


def _unmeasurable(promise: Promised, stands: Version, last: _Point | None) -> Judgement:
    said = say(stands.value, promise.unit) if stands.value is not None else promise.label
    missing = "deadline" if stands.value is not None else "level"
    now = f"; it stood at {_at(last, promise.unit)}" if last else ""
    return "unmeasurable", f"No {missing} was ever given, so nothing can miss {said}{now}.", []


def _at(point: _Point, unit: str) -> str:
    return f"{say(point.value, unit)} in {point.year}"


def _so_far(points: Sequence[_Point], last: _Point | None, unit: str) -> str:
    if last is None:
        return "no figure of it is known"
    return f"{'it' if points else 'before it was said it'} stood at {_at(last, unit)}"


def _needed(stands: Version, last: _Point | None) -> float | None:
    if last is None or stands.deadline is None or stands.value is None:
        return None
    return needed(last.year, last.value, stands.deadline, stands.value)


def _achieved(history: Yearly | None) -> float | None:
    return growth(history.years, history.values) if history else None


def _history_words(promise: Promised) -> str:
    parts = []
    for v in promise.versions:
        level = say(v.value, promise.unit) if v.value is not None else "no level"
        what = f": {level} {by_when(v.deadline)}" if v.event != "repeated" else ""
        parts.append(f"{v.event} {v.announced}{what}")
    return "; ".join(parts)


def _history_table(known: Sequence[Promised]) -> pl.DataFrame:
    rows = [
        {
            "promise_id": p.promise_id, "announced": v.announced, "version": v.name, "event": v.event,
            "value": v.value, "deadline": v.deadline, "unit": p.unit, "wording": v.wording,
            "speaker": v.speaker, "source_id": v.source_id, "citation": v.citation,
            "statement_id": v.statements[0] if v.statements else None,
        }
        for p in known
        for v in p.versions
    ]  # fmt: skip
    frame = pl.DataFrame(rows, schema=PromiseHistory.create_empty().schema, orient="row")
    return PromiseHistory.validate(frame.sort("promise_id", "announced", "version"))
