"""One screen that a deputy minister understands: what was announced, what disagrees, where goods go, what to build."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator
from datetime import date
from typing import Any

import polars as pl

from keruen import calendar, power, skills
from keruen.plans.losing import losing_lines
from keruen.tables import Dataset
from keruen.tables.words import percent, say
from keruen.trade import promise_summary
from keruen.trade.history import catalogue

_WIDTH = 100
_ENDLESS = 180.0 * 24.0
"""Time [h] beyond which a corridor is told as stuck: goods are held at what its fullest section can take."""
_OVERFULL = 1.1
"""Use of a crossing beyond which it is told as a queue without end; just above 1 it is full, within what the model knows."""
_CORRIDORS = 5
_VERDICTS = {
    "met": "met",
    "missed": "missed",
    "likely": "likely",
    "uncertain": "uncertain",
    "unlikely": "unlikely",
    "out_of_reach": "out of reach",
    "unmeasurable": "cannot be measured",
    "no_evidence": "no evidence",
}


def summary(dataset: Dataset) -> str:
    """Return the run in about a screen of plain text.

    Parameters
    ----------
    dataset
        A finished run.
    """
    blocks = [
        ("Announced", _announced(dataset)),
        ("Disagrees", conflict_lines(dataset, most=3)),
        ("Goods go", _goods(dataset)),
        ("Worst crossing", _crossing(dataset)),
        ("Targets", _targets(dataset)),
        ("Promises", _promises(dataset)),
        ("Build first", _build(dataset)),
        ("Beyond freight", _beyond(dataset)),
    ]
    lines = [f"Keruen: {dataset.name}{_clock(dataset)}", ""]
    for head, body in blocks:
        for index, line in enumerate(body):
            lead = f"{head if not index else '':<16}"
            lines += textwrap.wrap(line, _WIDTH, initial_indent=lead, subsequent_indent=" " * 18)
    return "\n".join(lines)


def _clock(dataset: Dataset) -> str:
    """Say of what year the goods are, and up to when there is evidence."""
    year, latest = dataset["demand"]["year"].max(), dataset["source"]["published"].max()
    told = [f"goods of {year}"] if isinstance(year, int) else []
    if isinstance(latest, date):
        told.append(f"evidence up to {latest:%B %Y}")
    return f" ({', '.join(told)})" if told else ""


def _announced(dataset: Dataset) -> Iterator[str]:
    n_reviews = dataset["review"].height
    yield (
        f"{say(dataset['statement'].height, 'figure')} read in {say(len(dataset.documents), 'announcement')} "
        f"({say(n_reviews, 'correction')} by hand) make {say(dataset['figure'].height, 'quantity')}; "
        f"{say(dataset['target'].height, 'target')} and {say(dataset['project'].height, 'project')} are on the table."
    )
    lineage = dataset["lineage"]
    if lineage.height:
        from_figures = (pl.col("rests_on_kind") == "figure").any()
        cells = lineage.group_by("table", "row", "column").agg(from_figures.alias("announced"))
        yield (
            f"Of {cells.height:,} numbers in the model {cells['announced'].sum():,} rest on announced figures, the others on "
            "assumptions with a stated range."
        )


def conflict_lines(dataset: Dataset, most: int | None = None) -> Iterator[str]:
    """Say which statements cannot all be true, the largest disagreement first.

    With ``most``, so many at most and none that shares a statement with one already shown.
    """
    conflicts = dataset["conflict"].sort("size", "conflict_id", descending=[True, False])
    if not conflicts.height:
        yield "Nothing that was announced contradicts anything else."
        return
    yield f"{say(conflicts.height, 'disagreement')} between statements that cannot all be true as they stand."
    told: set[str] = set()
    shown = 0
    for conflict in conflicts.iter_rows(named=True):
        if most is not None and (shown == most or told & set(conflict["members"])):
            continue
        told |= set(conflict["members"])
        shown += 1
        yield f"- {_subject(dataset, conflict['members'])}{conflict['explanation']}"


def _subject(dataset: Dataset, members: list[str]) -> str:
    """Say what a conflict is about: the quantity of its first statement, and what else it is held against."""
    rows = {row["statement_id"]: row for row in dataset["statement"].iter_rows(named=True)}
    labels = dict(catalogue(dataset).select("indicator_id", "label").iter_rows())
    places = _names(dataset, "place")
    about: list[tuple[str, str]] = []
    for row in (rows[name] for name in members if name in rows and rows[name]["indicator_id"]):
        where = " and ".join(
            places.get(p, p) for p in sorted(filter(None, (row["place_id"], row["partner_id"])))
        )
        year = str(row["period_end"].year) if row["period_end"] is not None else ""
        about.append(
            (labels.get(row["indicator_id"], row["indicator_id"]), ", ".join(filter(None, (where, year))))
        )
    about = list(dict.fromkeys(about))
    if not about:
        return ""
    label, first = about[0]
    others = [place if name == label else f"{name}, {place}" for name, place in about[1:]]
    held = f", held against {'; '.join(others)}" if others else ""
    return f"{', '.join(filter(None, (label, first)))}{held}: "


def _names(dataset: Dataset, table: str) -> dict[str, str]:
    return dict(dataset[table].select(f"{table}_id", "name").iter_rows())


def _goods(dataset: Dataset) -> Iterator[str]:
    names = _names(dataset, "corridor")
    promised = set(dataset["target"].filter(measure="corridor")["measure_key"].drop_nulls())
    cards = (
        dataset["corridor_scorecard"]
        .with_columns(pl.col("corridor_id").is_in(list(promised)).alias("promised"))
        .sort("promised", "tonnes", "corridor_id", descending=[True, True, False])
    )
    stuck = _stuck(dataset)
    for card in cards.head(_CORRIDORS).iter_rows(named=True):
        name = names.get(card["corridor_id"], card["corridor_id"])
        full = stuck.get(card["corridor_id"]) or (card["tightest_link"] if card["time"] > _ENDLESS else None)
        if full is not None:
            yield (
                f"{name}: more goods want to pass than {full} can handle; the queue grows without end, so no time and no cost "
                "can be told."
            )
            continue
        spare = (
            "" if card["spare_capacity"] is None else f", room for {say(card['spare_capacity'], 't')} more"
        )
        indicative = " (indicative)" if card["grade"] == "D" else ""
        yield (
            f"{name}{indicative}: at most {say(card['tonnes'], 't')} a year go all "
            f"the way, in {card['time'] / 24:.1f} days for {say(round(card['cost']), 'USD')} a tonne{spare}."
        )
    if cards.height > _CORRIDORS:
        yield f"{cards.height - _CORRIDORS} more corridors are in the report."
    unreachable = dataset["skim"].filter(~pl.col("reachable")).height
    if unreachable:
        yield f"{say(unreachable, 'flow')} have no permitted route and are listed in the run."
    years = dataset["skim"]["year"].unique().to_list()
    wanted, carried = (
        math.fsum(frame["tonnes"].to_list())
        for frame in (dataset["demand"].filter(pl.col("year").is_in(years)), dataset["skim"])
    )
    left = wanted - carried
    if wanted and left > 1e-3 * wanted:
        yield f"{say(left, 't')} a year of {say(wanted, 't')} do not move: the network cannot take them, or has no route for them."


def _stuck(dataset: Dataset) -> dict[str, str]:
    """Return the corridors with a crossing that far more goods want to pass than it can handle, and that crossing."""
    unstable = dataset["crossing_performance"].filter(pl.col("utilisation") > _OVERFULL).select("crossing_id")
    passed = dataset["crossing"].join(unstable, on="crossing_id").join(dataset["corridor_link"], on="link_id")
    return dict(passed.sort("crossing_id", descending=True).select("corridor_id", "name").iter_rows())


def _crossing(dataset: Dataset) -> Iterator[str]:
    names, lands = _names(dataset, "crossing"), _names(dataset, "place")
    grades = dict(dataset["crossing"].select("crossing_id", "grade").iter_rows())
    found = dataset["crossing_performance"]
    unstable = found.filter(~pl.col("stable"))
    for row in unstable.sort("utilisation", descending=True).head(3).iter_rows(named=True):
        side = lands.get(row["weaker_side"], row["weaker_side"])
        if row["utilisation"] > _OVERFULL:
            yield (
                f"{names.get(row['crossing_id'])}: more arrives ({row['vehicles_per_day']:.0f} a day) than the side of "
                f"{side} can handle ({row['throughput']:.0f}); the queue grows without end."
            )
        else:
            yield (
                f"{names.get(row['crossing_id'])}: full; {row['vehicles_per_day']:.1f} a day want to pass where the side of {side} "
                f"can handle {row['throughput']:.1f}, so how long they wait cannot be told."
            )
    total = (pl.col("wait").fill_null(0) + pl.col("other_delay")).alias("total")
    waiting = (
        found.filter("stable").with_columns(total).sort("total", "crossing_id", descending=[True, False])
    )
    for row in waiting.head(1).iter_rows(named=True):
        grade = " (indicative)" if grades.get(row["crossing_id"]) == "D" else ""
        yield (
            f"{names.get(row['crossing_id'])}{grade}: {row['wait'] or 0:.0f} hours in the queue and {row['other_delay']:.0f} for "
            f"papers and other reasons, at {percent(row['utilisation'])} of what the side of "
            f"{lands.get(row['weaker_side'], row['weaker_side'])} can handle."
        )


def _targets(dataset: Dataset) -> Iterator[str]:
    found = dataset["outlook"]
    counts = dict(found.group_by("verdict").len().iter_rows())
    if counts:
        yield ", ".join(f"{counts[key]} {word}" for key, word in _VERDICTS.items() if key in counts) + "."
    order = ["missed", "out_of_reach", "unlikely"]
    far = (
        found.filter(pl.col("verdict").is_in(order))
        .with_columns(pl.col("verdict").replace_strict(order, [0, 1, 2], return_dtype=pl.Int64).alias("rank"))
        .sort("rank", "probability", "target_id")
    )
    for row in far.head(6).iter_rows(named=True):
        if row["verdict"] == "missed":
            yield f"- {row['label']}: {row['explanation']}"
            continue
        pace = ""
        if row["needed_growth"] is not None and row["achieved_growth"] is not None:
            pace = (
                f"; it needs {row['needed_growth']:+.1%} a year, {row['achieved_growth']:+.1%} was achieved"
            )
        yield (
            f"- {row['label']}: {_VERDICTS[row['verdict']]}, chance {percent(_chance(row))}, expected "
            f"{say(row['expected'], row['unit'])}{pace}{_binds(row)}."
        )


def _chance(row: dict[str, Any]) -> float | None:
    """Return the chance within what the network can carry, where something limits it."""
    limited: float | None = row["probability_limited"]
    return row["probability"] if limited is None else limited


def _binds(row: dict[str, Any]) -> str:
    """Say what binds first, unless it is the pace, which is told already."""
    return f"; {row['binds']}" if row["binds_kind"] not in ("time", "evidence", "nothing") else ""


def _promises(dataset: Dataset) -> Iterator[str]:
    if dataset.has("promise_status"):
        yield promise_summary(dataset) + "."


def outlook_lines(dataset: Dataset) -> Iterator[str]:
    """Say of every target what to expect, what binds and what it rests on, those in trouble first."""
    order = list(_VERDICTS)
    rows = dataset["outlook"].iter_rows(named=True)
    worst = [
        "missed",
        "out_of_reach",
        "unlikely",
        "uncertain",
        "likely",
        "met",
        "no_evidence",
        "unmeasurable",
    ]
    if dataset["outlook"].height:
        counts = dict(dataset["outlook"].group_by("verdict").len().iter_rows())
        yield ", ".join(f"{counts[key]} {_VERDICTS[key]}" for key in order if key in counts) + "."
    said = dataset["statement"].join(dataset["source"], on="source_id", how="left")
    sources = {
        name: f"{publisher or source}, {day}"
        for name, source, publisher, day in said.select(
            "statement_id", "source_id", "publisher", "published"
        ).iter_rows()
    }
    for row in sorted(rows, key=lambda r: (worst.index(r["verdict"]), r["deadline"] or 9999, r["target_id"])):
        yield ""
        yield f"{row['label']}: {_VERDICTS[row['verdict']]}"
        for told in _outlook_facts(row, sources):
            yield from textwrap.wrap(told, _WIDTH, initial_indent="    ", subsequent_indent="      ")


def _outlook_facts(row: dict[str, Any], sources: dict[str, str]) -> Iterator[str]:
    """Yield what is known of one target; ``sources`` names the publisher and day of each statement."""
    unit = row["unit"]
    by = f"by the end of {row['deadline']}" if row["deadline"] is not None else "without a deadline"
    base = f"; {say(row['base_value'], unit)} in {row['base_year']}" if row["base_year"] is not None else ""
    if row["last_year"] != row["base_year"]:
        base += f", {say(row['last_value'], unit)} in {row['last_year']}"
    yield f"Measured: {row['measured']}: {say(row['value'], unit)} {by}{base}"
    yield row["explanation"]
    if row["low"] is not None:
        yield (
            f"Eight of ten outcomes lie between {say(row['low'], unit)} and {say(row['high'], unit)}; the models' middles "
            f"between {say(row['model_low'], unit)} and {say(row['model_high'], unit)}."
        )
    if row["probability_limited"] is not None and (
        row["expected_limited"] < row["expected"] or row["probability_limited"] < row["probability"]
    ):
        yield (
            f"Within what the network can carry by then: {say(row['expected_limited'], unit)}, "
            f"chance {percent(row['probability_limited'])}."
        )
    yield f"Binds first: {row['binds']}." + (f" Also: {row['also']}." if row["also"] else "")
    if row["versions"]:
        yield f"Said so far: {row['versions']}."
    if row["statements"]:
        where = sorted({sources[name] for name in row["statements"] if name in sources})
        more = f" and {len(where) - 4} more" if len(where) > 4 else ""
        yield f"Rests on {say(len(row['statements']), 'statement')}: {'; '.join(where[:4])}{more}."


def _beyond(dataset: Dataset) -> Iterator[str]:
    yield from power.lines(dataset)
    yield from skills.lines(dataset)
    yield from calendar.lines(dataset)


def _build(dataset: Dataset) -> Iterator[str]:
    under_way = dict(
        dataset["project"].filter(stage="under_construction").select("project_id", "name").iter_rows()
    )
    chosen = dataset["plan"].filter("selected").sort("start_year", "project_id")
    fresh = chosen.filter(~pl.col("project_id").is_in(list(under_way)))
    yield from _chosen(dataset, fresh.head(5))
    if dataset["plan"].height and not fresh.height:
        yield "Nothing new: no project that is not yet under way earns its cost within the horizon."
    going_on = sorted(under_way[name] for name in chosen["project_id"] if name in under_way)
    if going_on:
        yield f"Under construction in any case: {', '.join(going_on)}."
    yield from losing_lines(dataset)
    yield from _proof(dataset)


def plan_lines(dataset: Dataset) -> Iterator[str]:
    """Say which projects start when, and how good the plan is proven to be."""
    plan = dataset["plan"]
    if not plan.height:
        yield "There is no project to plan."
        return
    chosen = plan.filter("selected").sort("start_year", "project_id")
    if not chosen.height:
        yield "Nothing: no project that the budget allows earns its cost within the horizon."
    yield from _chosen(dataset, chosen)
    yield from losing_lines(dataset)
    yield from _proof(dataset)
    names = _names(dataset, "project")
    # What is complete, and packages that are not itemised, are no choice.
    choices = dataset["project"].filter(~pl.col("portfolio") & (pl.col("stage") != "completed"))["project_id"]
    left = plan.filter(~pl.col("selected") & pl.col("project_id").is_in(choices.implode()))
    for row in left.sort("project_id").iter_rows(named=True):
        yield f"Not now: {names.get(row['project_id'], row['project_id'])}. {row['reason']}"


def _chosen(dataset: Dataset, chosen: pl.DataFrame) -> Iterator[str]:
    names = _names(dataset, "project")
    for row in chosen.iter_rows(named=True):
        name = names.get(row["project_id"], row["project_id"])
        yield f"{row['start_year']}: {name}, {say(row['cost'], 'USD')}. {row['reason']}"


def _proof(dataset: Dataset) -> Iterator[str]:
    for row in dataset["plan_summary"].iter_rows(named=True):
        saved = row["without_projects"] - row["objective"]
        under_way = dataset["project"].filter(pl.col("stage").is_in(["under_construction", "completed"]))
        new = dataset["plan"].filter("selected").join(under_way, on="project_id", how="anti")
        if not new.height:
            most = max(row["without_projects"] - row["bound"], 0.0)
            yield (
                "Proven: no new project earns its cost within the money and the limits given"
                + (f", and no plan saves more than {say(most, 'USD')}." if most >= 1.0 else ".")
            )
            continue
        yield (
            f"Proven: over the years planned, building this saves {say(saved, 'USD')} net of its cost against finishing only what "
            f"is under construction, and no plan saves more than {say(row['without_projects'] - row['bound'], 'USD')}."
        )
