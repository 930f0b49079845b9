"""Events of another calendar put beside those of a dataset, so that both are looked at together.

Receives rows of ``event`` as :mod:`keruen.formats.ical` reads them; hands on the dataset with them, and what is not known of
them. A calendar program knows neither parties nor places of the dataset: the parties are those whose calendar it is, and a place
is found by its name in the location.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import polars as pl

from keruen.errors import Finding, InputError, Severity
from keruen.tables import Dataset
from keruen.tables.calendar import Event


def beside(
    dataset: Dataset, events: pl.DataFrame, *, parties: Sequence[str] = ()
) -> tuple[Dataset, list[Finding]]:
    """Return the dataset with further events, and a warning for each that nobody attends or that lies nowhere.

    Parameters
    ----------
    dataset
        With ``party``, ``node`` and ``place``.
    events
        Rows of ``event``. One with the identifier of an event of the dataset takes its place.
    parties
        Parties whose calendar it is: they attend every event that names none.

    Raises
    ------
    InputError
        If a party does not exist.
    """
    known = dataset["party"]["party_id"].to_list()
    unknown = [
        Finding("party", name, "", "", "does not exist", _near(name, known))
        for name in parties
        if name not in known
    ]
    if unknown:
        raise InputError(unknown)
    names = _names(dataset)
    rows, findings = [], []
    for row in events.iter_rows(named=True):
        row["parties"] = row["parties"] or "|".join(parties) or None
        if row["node_id"] is None and row["place_id"] is None:
            row |= _located(row["location"], names)
        lacking = [
            (row["parties"] is None, "parties", "", "nobody is known to attend, so no clash is looked for",
             "name the party whose calendar it is"),
            (row["node_id"] is None and row["place_id"] is None, "location", row["location"] or "",
             "names no place of the dataset, so no way is timed", "write a town of the table node"),
        ]  # fmt: skip
        findings += [
            Finding("event", row["event_id"], column, value, problem, remedy, Severity.WARNING)
            for missing, column, value, problem, remedy in lacking
            if missing and row["kind"] != "holiday"
        ]
        rows.append(row)
    added = Event.validate(pl.DataFrame(rows, schema=Event.create_empty().schema))
    kept = dataset["event"].filter(~pl.col("event_id").is_in(added["event_id"].to_list()))
    return dataset.with_tables(event=pl.concat([kept, added])), findings


def _near(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=3, cutoff=0.3) or list(known[:3])
    return f"did you mean {', '.join(near)}?" if near else "list it in party.csv"


def _names(dataset: Dataset) -> dict[str, dict[str, Any]]:
    """Return what each name of a town or place stands for, in lower case; towns before places."""
    country = dict(dataset["node"].select("node_id", "country").iter_rows())
    found: dict[str, dict[str, Any]] = {}
    for place, name, others in dataset["place"].select("place_id", "name", "names").iter_rows():
        for word in (name, *(others or "").split("|")):
            if word.strip():
                found[word.strip().lower()] = {"place_id": place}
    for node, name in dataset["node"].select("node_id", "name").iter_rows():
        found[name.lower()] = {"node_id": node, "place_id": country[node]}
    return found


def _located(location: str | None, names: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Return where a location lies: the first of its parts, from the left, that is a name."""
    for part in re.split(r"[,;\n/()]", location or ""):
        if part.strip().lower() in names:
            return names[part.strip().lower()]
    return {}
