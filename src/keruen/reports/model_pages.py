"""Pages of a model for its documentation: every corridor with its scorecard and itinerary, every crossing with its queue.

Receives the tables of one solved year and the itineraries of its corridors; hands on Markdown with drawings in it, so that
the pages are made and never typed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

import polars as pl

from keruen.reports.names import Names
from keruen.reports.wording import amount, hours, number, share
from keruen.tables import Dataset

Row = Mapping[str, Any]
CHART_GOODS = "containers"
"""Class of goods whose journey is drawn where the model has it, else the first."""
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 720, 250, 54, 54, 16, 36
_WEAK = "D"


def corridor_page(dataset: Dataset, itinerary: pl.DataFrame) -> str:
    """Return the page of corridors.

    Parameters
    ----------
    dataset
        With ``corridor_scorecard`` of one year and ``restriction``.
    itinerary
        As :func:`keruen.flows.itineraries` gives it.
    """
    names = Names(dataset)
    year = next(iter(dataset["corridor_scorecard"]["year"].sort()), "the base year")
    goods = _goods(itinerary)
    parts = [
        "# Corridors\n",
        f"Made by `keruen pages` from the model of {year}. Charts follow {names.commodities.get(goods, goods).lower()} by the "
        "time-cost-distance method (UN ESCAP 2003): upright steps are hours or dollars spent standing, at crossings, ports "
        "and in terminals. What has grade D is indicative.\n",
    ]
    cards = dataset["corridor_scorecard"].sort("corridor_id").iter_rows(named=True)
    for card in cards:
        steps = itinerary.filter(
            (pl.col("corridor_id") == card["corridor_id"]) & (pl.col("commodity_id") == goods)
        )
        parts += _corridor(card, steps, names)
    return "\n".join(parts) + "\n"


def crossing_page(dataset: Dataset) -> str:
    """Return the page of crossings and ports, those with the most vehicles first.

    Parameters
    ----------
    dataset
        With ``crossing``, ``post``, ``delay_cause`` and ``crossing_performance`` of one year.
    """
    names = Names(dataset)
    posts = dataset["post"].partition_by("crossing_id", as_dict=True)
    causes = dataset["delay_cause"].partition_by("crossing_id", as_dict=True)
    found = {row["crossing_id"]: row for row in dataset["crossing_performance"].iter_rows(named=True)}
    rows = sorted(
        dataset["crossing"].iter_rows(named=True),
        key=lambda r: (-found.get(r["crossing_id"], {}).get("vehicles_per_day", 0.0), r["crossing_id"]),
    )
    parts = ["# Crossings and ports\n", "Made by `keruen pages`. What has grade D is indicative.\n"]
    for row in rows:
        name = row["crossing_id"]
        parts.append(f"## {escape(row['name'])}\n")
        parts.append(
            f"{row['kind'].capitalize()} crossing, grade {row['grade']}.\n"
            if row["kind"] != "port"
            else f"Port, grade {row['grade']}.\n"
        )
        parts += _performance(found.get(name))
        parts.append("| side | lanes | open [h/day] | time at a lane [h] | regime |\n|---|---|---|---|---|")
        parts += [
            f"| {escape(names.places.get(p['country'], p['country']))} | {p['lanes']:g} | {p['hours_per_day']:g} | {p['service_time']:.2g} | {p['regime']} |"
            for p in (posts[(name,)].sort("country").iter_rows(named=True) if (name,) in posts else ())
        ]
        parts.append("")
        for cause in causes[(name,)].sort("cause").iter_rows(named=True) if (name,) in causes else ():
            note = f" ({escape(cause['note'])})" if cause["note"] else ""
            parts.append(f"- {escape(cause['cause'].replace('_', ' '))}: {hours(cause['hours'])}{note}")
        parts.append("")
    return "\n".join(parts) + "\n"


def _corridor(card: Row, steps: pl.DataFrame, names: Names) -> Iterator[str]:
    name = str(names.corridors.get(card["corridor_id"], card["corridor_id"]))
    spare = "unknown" if card["spare_capacity"] is None else amount(card["spare_capacity"], "t/year")
    tightest = names.links.get(card["tightest_link"], "") if card["tightest_link"] else ""
    yield f"## {escape(name)}\n"
    yield "| | |\n|---|---|"
    yield f"| grade | {card['grade']}{', indicative' if card['grade'] == _WEAK else ''} |"
    yield f"| volume that can have gone all the way | {amount(card['tonnes'], 't/year')} |"
    yield f"| length | {amount(card['length'], 'km')} |"
    yield f"| time | {card['time'] / 24:.1f} days, of them {card['border_time'] / 24:.1f} at crossings and ports |"
    if card["time"] > 0:
        yield f"| reliability | {share(card['border_time'] / card['time'])} of the time is spent where it varies most |"
    yield f"| cost | {amount(card['cost'], 'USD/t')} |"
    yield f"| CO2 | {number(card['emission'])} kg/t |"
    yield f"| spare capacity | {spare}{f', at {escape(tightest)}' if tightest else ''} |"
    yield f"| sections that a restriction touches | {card['restricted_links']} |"
    yield ""
    if steps.height:
        yield chart(steps, name)
        yield ""


def _performance(row: Row | None) -> Iterator[str]:
    if row is None:
        yield "The model sends nothing here.\n"
        return
    wait = (
        "grows without end"
        if not row["stable"]
        else hours(row["wait"])
        if row["wait"] is not None
        else "unknown"
    )
    late = "" if row["wait_p90"] is None else f", one in ten over {hours(row['wait_p90'])}"
    yield (
        f"{row['vehicles_per_day']:.0f} vehicles a day in the busier direction, {share(row['utilisation'])} of what the weaker side "
        f"can handle ({row['throughput']:.0f}). Wait {wait}{late}; other delay {hours(row['other_delay'])}. Most of the time goes to: "
        f"{row['binds']}.\n"
    )


def chart(steps: pl.DataFrame, title: str) -> str:
    """Return hours and cost over kilometres as an SVG drawing, one step after the other.

    Parameters
    ----------
    steps
        Rows of one corridor and class of goods, in order: ``length``, ``hours``, ``cost``.
    title
        What a reader who cannot see it is told.
    """
    totals = {name: [0.0] for name in ("length", "hours", "cost")}
    for row in steps.sort("step").iter_rows(named=True):
        for name, run in totals.items():
            run.append(run[-1] + row[name])
    wide, tall = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    km = max(totals["length"][-1], 1e-9)

    def line(name: str, colour: str) -> str:
        most = max(totals[name][-1], 1e-9)
        points = " ".join(
            f"{_LEFT + wide * x / km:.1f},{_TOP + tall * (1 - y / most):.1f}"
            for x, y in zip(totals["length"], totals[name], strict=True)
        )
        return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.8"/>'

    right = _WIDTH - _RIGHT
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" font-size="11" '
        f'fill="currentColor" role="img"><title>{escape(title)}: hours and cost over distance</title>'
        f'<line x1="{_LEFT}" x2="{right}" y1="{_TOP + tall}" y2="{_TOP + tall}" stroke="#888888"/>'
        f'<line x1="{_LEFT}" x2="{_LEFT}" y1="{_TOP}" y2="{_TOP + tall}" stroke="#888888"/>'
        f'<line x1="{right}" x2="{right}" y1="{_TOP}" y2="{_TOP + tall}" stroke="#888888"/>'
        + line("hours", "#b3502f")
        + line("cost", "#2f6db3")
        + f'<text x="{_LEFT - 6}" y="{_TOP + 10}" text-anchor="end" fill="#b3502f">{totals["hours"][-1]:.0f} h</text>'
        f'<text x="{right + 6}" y="{_TOP + 10}" fill="#2f6db3">{totals["cost"][-1]:.0f}</text>'
        f'<text x="{right + 6}" y="{_TOP + 24}" fill="#2f6db3">USD/t</text>'
        f'<text x="{right}" y="{_HEIGHT - 18}" text-anchor="end">{km:,.0f} km</text>'
        f'<text x="{_LEFT}" y="{_HEIGHT - 18}">0</text></svg>'
    )


def _goods(itinerary: pl.DataFrame) -> str:
    known = itinerary["commodity_id"].unique(maintain_order=True).to_list()
    return CHART_GOODS if CHART_GOODS in known or not known else str(known[0])
