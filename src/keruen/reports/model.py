"""What the model found: corridors on one line each, crossings by their wait, and the outlook of each target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keruen.reports import queues
from keruen.reports.drawing import bar, likelihood, timeline
from keruen.reports.html import Html, el, join
from keruen.reports.names import Names
from keruen.reports.section import Cell, Column, Section, facts, table
from keruen.reports.wording import UNKNOWN, amount, count, hours, number, share
from keruen.tables import Dataset

INDICATIVE = "indicative"
_BELOW_C = frozenset({"D"})
VERDICTS = {
    "met": "met",
    "likely": "likely",
    "uncertain": "uncertain",
    "unlikely": "unlikely",
    "out_of_reach": "out of reach",
    "missed": "missed",
    "unmeasurable": "not measurable",
    "no_evidence": "no evidence",
}


def corridors(dataset: Dataset, names: Names) -> Section | None:
    """Return the scorecards, or None where no corridor was scored; a grade below C ranks after the rest."""
    scorecards = dataset["corridor_scorecard"]
    if scorecards.is_empty():
        return None
    cards = list(scorecards.filter(scorecards["year"] == scorecards["year"].min()).iter_rows(named=True))
    firm = sorted((c for c in cards if not _weak(c["grade"])), key=lambda c: (-c["tonnes"], c["corridor_id"]))
    weak = sorted((c for c in cards if _weak(c["grade"])), key=lambda c: c["corridor_id"])
    longest = max(c["time"] for c in cards)
    rows = []
    for card in [*firm, *weak]:
        mark = el("span", INDICATIVE, class_="tag") if _weak(card["grade"]) else None
        spare = card["spare_capacity"]
        rows.append(
            [
                [names.corridors.get(card["corridor_id"], card["corridor_id"]), " ", mark],
                Cell(amount(card["tonnes"], "t/year"), card["tonnes"]),
                Cell(amount(card["length"], "km"), card["length"]),
                Cell(
                    [
                        hours(card["time"]),
                        bar(
                            [(card["time"] - card["border_time"], "c1"), (card["border_time"], "c2")],
                            longest,
                            f"{hours(card['border_time'])} of {hours(card['time'])} at crossings and ports",
                        ),
                    ],
                    card["time"],
                ),
                Cell(hours(card["border_time"]), card["border_time"]),
                Cell(amount(card["cost"], "USD/t"), card["cost"]),
                Cell(f"{number(card['emission'])}\u00a0kg/t", card["emission"]),
                Cell("unknown" if spare is None else amount(spare, "t/year"), spare),
                names.links.get(card["tightest_link"] or "", card["tightest_link"]) or UNKNOWN,
                Cell(card["restricted_links"] or "none", float(card["restricted_links"])),
                card["grade"],
            ]
        )
    columns = [
        Column("Corridor"), Column("Volume", numeric=True), Column("Length", numeric=True),
        Column("Door to door", numeric=True), Column("At borders and ports", numeric=True),
        Column("Tariffs and transfers", numeric=True), Column("CO₂", numeric=True),
        Column("Spare capacity", numeric=True), Column("Tightest section"),
        Column("Restricted sections", numeric=True), Column("Data grade"),
    ]  # fmt: skip
    year = cards[0]["year"]
    caption = (
        f"{year}. Volume at the least busy international section, both directions: what can have gone all the way. The darker part of each bar is time "
        "at crossings and ports. Corridors whose data grade is below C are indicative: they stand last and are not ranked."
    )
    headlines = []
    if firm:
        best = firm[0]
        name = names.corridors.get(best["corridor_id"], best["corridor_id"])
        sentence = join(
            f"In {year} the busiest corridor is {name} with ",
            el("a", amount(best["tonnes"], "t/year"), href="#corridors"),
            f"; a tonne takes {hours(best['time'])}, of which {share(best['border_time'] / best['time'])} "
            "at crossings and ports."
            if best["time"] > 0
            else ".",
        )
        headlines.append(("Where the goods go", sentence))
    classes = [None] * len(firm) + ["weak"] * len(weak)
    return Section(
        "corridors", "Corridor scorecards", table(columns, rows, caption=caption, classes=classes), headlines
    )


def crossings(dataset: Dataset, names: Names) -> Section | None:
    """Return crossings, the longest waits first, or None where none was simulated."""
    performance = dataset["crossing_performance"]
    if performance.is_empty():
        return None
    rows = list(performance.filter(performance["year"] == performance["year"].min()).iter_rows(named=True))
    about = {r["crossing_id"]: r for r in dataset["crossing"].iter_rows(named=True)}

    def rank(row: dict[str, Any]) -> tuple[bool, bool, float, str]:
        weak = _weak(about.get(row["crossing_id"], {}).get("grade"))
        wait = row["queue_growth"] if not row["stable"] else row["wait"]
        return weak, row["stable"], -(wait or 0.0), row["crossing_id"]

    rows.sort(key=rank)
    longest = max((r["wait_p90"] or r["wait"] or 0.0 for r in rows if r["stable"]), default=0.0)
    cells, classes = [], []
    for row in rows:
        crossing = about.get(row["crossing_id"], {})
        weak = el("span", INDICATIVE, class_="tag") if _weak(crossing.get("grade")) else None
        name = names.crossings.get(row["crossing_id"], row["crossing_id"])
        if row["stable"]:
            wait: Html = join(
                hours(row["wait"]),
                bar([(row["wait"] or 0.0, "c2"), (max((row["wait_p90"] or 0.0) - (row["wait"] or 0.0), 0.0), "c3")],
                    longest, f"mean {hours(row['wait'])}, one in ten more than {hours(row['wait_p90'])}"),
            )  # fmt: skip
        else:
            growth = number(row["queue_growth"])
            wait = el(
                "b", f"queue grows by {growth} a day" if row["queue_growth"] else "queue grows", class_="bad"
            )
        side = row["weaker_side"]
        load = f"{number(row['vehicles_per_day'])} of {number(row['throughput'])} a day"
        cells.append(
            [
                [name, " ", weak, el("div", crossing.get("kind"), class_="note")],
                Cell(wait, row["wait"] if row["stable"] else 1e9),
                Cell(hours(row["wait_p90"]), row["wait_p90"]),
                Cell(
                    [
                        share(row["utilisation"]),
                        el("div", load, class_="note"),
                        el("div", names.places.get(side, side), class_="note"),
                    ],
                    row["utilisation"],
                ),
                Cell(_apart(row), row["other_delay"] + (row["quota_delay"] or 0.0)),
                Cell(hours(row["handling_time"]), row["handling_time"]),
                Cell(amount(row["cost_of_waiting"], "USD/year"), row["cost_of_waiting"]),
                row["binds"] or UNKNOWN,
                crossing.get("grade") or UNKNOWN,
            ]
        )
        kinds = ["weak" if weak else "", "" if row["stable"] else "bad"]
        classes.append(" ".join(filter(None, kinds)) or None)
    columns = [
        Column("Crossing"), Column("Mean wait", numeric=True), Column("One in ten waits longer than", numeric=True),
        Column("Utilisation of the weaker side", numeric=True), Column("Other delay", numeric=True),
        Column("Handling", numeric=True), Column("Cost of waiting", numeric=True), Column("What binds"),
        Column("Data grade"),
    ]  # fmt: skip
    caption = (
        f"{rows[0]['year']}. Wait in the queue; other delay is documents, quotas and the like. Utilisation is arrivals "
        "over what the weaker side can handle."
    )
    return Section(
        "crossings",
        "Crossings and ports",
        join(
            table(columns, cells, caption=caption, classes=classes),
            queues.pictures(dataset, names),
            queues.ranking(dataset, names),
        ),
        [("The worst crossing", _worst(rows[0], names))],
    )


def _apart(row: dict[str, Any]) -> Html:
    """Return the delay that is no queue, with what a quota adds to it."""
    quota = row["quota_delay"]
    return join(
        hours(row["other_delay"]),
        el("div", f"and {hours(quota)} by a quota", class_="note") if quota else None,
    )


def outlook(dataset: Dataset, statement_links: dict[str, Html]) -> Section | None:
    """Return what to expect of each target, or None where there is no outlook.

    Parameters
    ----------
    dataset
        With ``outlook`` and ``figure``.
    statement_links
        Links to the passages of each figure, by ``figure_id``.
    """
    if not dataset.has("outlook"):
        return None
    order = (
        "out_of_reach",
        "missed",
        "unlikely",
        "uncertain",
        "likely",
        "met",
        "no_evidence",
        "unmeasurable",
    )
    rows = sorted(
        dataset["outlook"].iter_rows(named=True),
        key=lambda r: (order.index(r["verdict"]), r["probability"] or 0.0, r["target_id"]),
    )
    yearly = _yearly(dataset)
    fans = _fans(dataset)
    cards = [_target(row, statement_links, yearly, fans.get(row["target_id"], ())) for row in rows]
    beyond = [r for r in rows if r["verdict"] == "out_of_reach"]
    unlikely = [r for r in rows if r["verdict"] == "unlikely"]
    what = el("a", f"{len(beyond)} of {count(len(rows), 'target')}", href="#outlook")
    sentence = join(
        what,
        " is out of reach" if len(beyond) == 1 else " are out of reach",
        join(": ", "; ".join(r["label"] for r in beyond)) if beyond else None,
        f"; {len(unlikely)} more {'is' if len(unlikely) == 1 else 'are'} unlikely." if unlikely else ".",
    )
    note = (
        "Chance: averaged over models (tick), with the range over models (band). Over the years: figures (dots), what is "
        "expected (dashes) with the fan that holds eight of ten outcomes and, darker, the range between models, the aim "
        "(red), and the most that the network can carry (dotted)."
    )
    body = join(el("p", note, class_="note"), el("div", cards, class_="cards"))
    return Section("outlook", "Outlook: will the targets be met?", body, [("Out of reach", sentence)])


def _yearly(dataset: Dataset) -> dict[str, tuple[int, float]]:
    """Return year and value of each figure of a whole year."""
    figures = dataset["figure"].select("figure_id", "period", "estimate").iter_rows()
    return {figure: (int(period), value) for figure, period, value in figures if period.isdecimal()}


def _points(row: dict[str, Any], yearly: dict[str, tuple[int, float]]) -> list[tuple[int, float]]:
    """Return the figures of a target by year; the first and last where they were written down and not read."""
    found = {yearly[f] for f in row["figures"] if f in yearly}
    ends = {(row["base_year"], row["base_value"]), (row["last_year"], row["last_value"])}
    return sorted(found or {(year, value) for year, value in ends if year is not None and value is not None})


def _fans(dataset: Dataset) -> dict[str, list[dict[str, Any]]]:
    """Return what is expected of each year on the way to each target's deadline."""
    found: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in dataset["forecast"].sort("series_id", "year").iter_rows(named=True):
        # Series of single reporters come after that of the weighed figures.
        key = (row["indicator_id"], *sorted(filter(None, (row["place_id"], row["partner_id"]))))
        held = found.setdefault(key, [])
        if not held or held[0]["series_id"] == row["series_id"]:
            held.append(row)
    return {
        t["target_id"]: [
            row
            for row in found.get(
                (t["indicator_id"], *sorted(filter(None, (t["place_id"], t["partner_id"])))), ()
            )
            if t["deadline"] is not None and row["year"] < t["deadline"]
        ]
        for t in dataset["target"].iter_rows(named=True)
    }


def _target(
    row: dict[str, Any],
    statement_links: dict[str, Html],
    yearly: dict[str, tuple[int, float]],
    fan: Sequence[dict[str, Any]],
) -> Html:
    unit = row["unit"]
    pairs: list[tuple[str, Html | str]] = [
        ("Measured by", row["measured"] or UNKNOWN),
        ("Aim", amount(row["value"], unit, 4) + (f" by {row['deadline']}" if row["deadline"] else "")),
    ]
    if row["last_value"] is not None:
        year = f" in {row['last_year']}" if row["last_year"] else ""
        pairs.append(("Latest", amount(row["last_value"], unit) + year))
    if row["expected"] is not None:
        expected = amount(row["expected"], unit)
        if row["low"] is not None and row["high"] is not None:
            expected += f" ({amount(row['low'], unit)} to {amount(row['high'], unit)})"
        pairs.append(("Expected", expected))
    if row["probability_limited"] is not None and (
        row["expected_limited"] < row["expected"] or row["probability_limited"] < row["probability"]
    ):
        limited = amount(row["expected_limited"], unit)
        pairs.append(("Within capacity", f"{limited}, chance {share(row['probability_limited'])}"))
    if row["probability"] is not None:
        chance = share(row["probability"])
        if row["probability_low"] is not None and row["probability_high"] is not None:
            chance += f" (models: {share(row['probability_low'])} to {share(row['probability_high'])})"
        drawn = likelihood(row["probability"], row["probability_low"], row["probability_high"])
        pairs.append(("Chance", join(chance, drawn)))
    if row["needed_growth"] is not None:
        pace = "unknown" if row["achieved_growth"] is None else share(row["achieved_growth"])
        pairs.append(("Pace needed", f"{share(row['needed_growth'])} a year; so far {pace}"))
    if row["capacity_limit"] is not None:
        opened = row["capacity_planned"]
        more = (
            ""
            if opened in (None, row["capacity_limit"])
            else f"; {amount(opened, unit)} with every announced project open by then"
        )
        pairs.append(("The network can carry", amount(row["capacity_limit"], unit) + more))
    pairs.append(("What binds first", row["binds"]))
    if row["also"]:
        pairs.append(("Also in the way", row["also"]))
    if row["versions"]:
        pairs.append(("Said so far", row["versions"]))
    rests = [join(", " if i else None, statement_links.get(f, join(f))) for i, f in enumerate(row["figures"])]
    return el(
        "article",
        el("h3", row["label"], " ", el("span", VERDICTS[row["verdict"]], class_=f"tag v-{row['verdict']}")),
        facts(pairs),
        timeline(_points(row, yearly), row, unit, fan),
        el("p", row["explanation"]),
        el("p", "Rests on ", rests, class_="note") if rests else None,
        class_="target",
    )


def _worst(row: dict[str, Any], names: Names) -> Html:
    name = names.crossings.get(row["crossing_id"], row["crossing_id"])
    side = names.places.get(row["weaker_side"], row["weaker_side"])
    link = el("a", name, href="#crossings")
    if not row["stable"]:
        growth = f" by {number(row['queue_growth'])} vehicles a day" if row["queue_growth"] else ""
        return join(link, f": more arrives than can be handled ({share(row['utilisation'])}) and the queue grows{growth}; "
                          f"the weaker side is {side}.")  # fmt: skip
    return join(
        link,
        f": a mean wait of {hours(row['wait'])} in the queue at {share(row['utilisation'])} of what the weaker side, "
        f"{side}, can handle.",
    )


def _weak(grade: str | None) -> bool:
    return grade in _BELOW_C
