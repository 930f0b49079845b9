"""Projects in the Open Contracting for Infrastructure Data Standard (OC4IDS 0.9).

Receives a dataset and writes a project package that validates against the published schema; reads packages back into
the tables ``project`` and ``party``. What the standard has no field for (a stage between its phases, yearly costs, what a
project requires) travels as classifications under the scheme ``x_keruen``, as metrics and as related projects, so that a
round trip loses nothing.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from keruen.errors import Finding, InputError, Severity, refuse_errors
from keruen.tables import Dataset
from keruen.tables.folder import read_text
from keruen.tables.programme import Party, Project
from keruen.tables.store import write_atomically

VERSION = "0.9"
SCHEME = "x_keruen"
MAX_BYTES = 64 * 2**20
"""Largest file that is read."""

_STATUS = {
    "announced": "identification",
    "signed": "preparation",
    "financed": "preparation",
    "under_construction": "implementation",
    "completed": "completion",
}
_STAGE = {
    "identification": "announced",
    "preparation": "announced",
    "implementation": "under_construction",
    "completion": "completed",
    "maintenance": "completed",
    "decommissioning": "completed",
    "decommissioned": "completed",
}
_SECTORS = {
    "rail": ("transport", "transport.rail"),
    "road": ("transport", "transport.road"),
    "port": ("transport", "transport.water"),
    "crossing": ("transport",),
    "energy": ("energy",),
    "industry": ("economy",),
    "education": ("education",),
    "minerals": ("naturalResources",),
    "mixed": ("transport", "economy"),
}
_METRICS = {
    "price_year": "year",
    "operating_cost": "USD/year",
    "duration": "year",
    "life": "year",
    "jobs": "job",
    "earliest_start": "year",
}
"""Numbers that travel as metrics, with their units."""


def package(dataset: Dataset, *, uri: str, publisher: str = "Keruen") -> dict[str, Any]:
    """Return the dataset's projects as an OC4IDS project package.

    Parameters
    ----------
    dataset
        Tables ``project``, ``party``, ``place``, ``node``; with ``lineage``, ``figure``, ``statement`` and ``source``
        each project lists the documents that its numbers were announced in.
    uri
        Address under which the package will be published.
    publisher
        Name of the publisher.

    Raises
    ------
    InputError
        If the dataset has no project: the standard knows no empty package.
    """
    if not dataset.has("project"):
        raise InputError([
            Finding("project", "", "", "", "has no rows, and a package needs a project", "add one to project.csv")
        ])  # fmt: skip
    days = [d for d in dataset["source"]["published"].to_list() if d is not None]
    return {
        "version": VERSION,
        "uri": uri,
        "publishedDate": _moment(max(days, default=dt.date(2000, 1, 1))),
        "publisher": {"name": publisher},
        "projects": list(_projects(dataset)),
    }


def write_oc4ids(dataset: Dataset, path: Path, *, uri: str = "https://example.org/projects.json") -> None:
    """Write :func:`package` to a JSON file, atomically.

    Raises
    ------
    InputError
        As :func:`package` does.
    """
    text = json.dumps(package(dataset, uri=uri), ensure_ascii=False, indent=2) + "\n"
    write_atomically(path, text.encode())


def read_oc4ids(path: Path) -> tuple[dict[str, pl.DataFrame], list[Finding]]:
    """Read a package, or a single project, into the tables ``project`` and ``party``.

    Parameters
    ----------
    path
        JSON file of at most :data:`MAX_BYTES` bytes.

    Returns
    -------
    tables, findings
        Frames by table name, and warnings about what had no place in them; nothing is left out in silence.

    Raises
    ------
    InputError
        With every error: no JSON, no projects, a project without an id, an id given twice.
    """
    try:
        held = json.loads(read_text(path, MAX_BYTES))
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError([_fault(path.name, "", "", f"is no JSON: {error}", "give an OC4IDS file")]) from None
    raw = held.get("projects", [held] if "id" in held else []) if isinstance(held, dict) else held
    if not isinstance(raw, list) or not raw or not all(isinstance(p, dict) for p in raw):
        raise InputError([_fault(path.name, "", "", "holds no projects", "give a project or a project package")])  # fmt: skip
    findings: list[Finding] = []
    rows: dict[str, dict[str, Any]] = {}
    parties: dict[str, dict[str, Any]] = {}
    for number, project in enumerate(raw, start=1):
        name = project.get("id")
        if not isinstance(name, str) or not name.strip():
            findings.append(_fault("projects", f"number {number}", "id", "has no identifier", "give it one"))
            continue
        if name in rows:
            findings.append(_fault("projects", name, "id", "is given twice", "keep one of them"))
            continue
        try:
            row = _row(project, parties, findings)
        except (TypeError, AttributeError, KeyError, ValueError, OverflowError):
            problem = "has a field of another kind than the standard says"
            findings.append(
                _fault("projects", name, "", problem, "validate the file against the OC4IDS schema")
            )
            continue
        if row is not None:
            rows[name] = row
    refuse_errors(findings)
    tables: dict[str, pl.DataFrame] = {
        "project": Project.validate(_frame(list(rows.values()), Project.create_empty().schema)),
        "party": Party.validate(_frame(list(parties.values()), Party.create_empty().schema)),
    }
    return tables, findings


def _projects(dataset: Dataset) -> Iterator[dict[str, Any]]:
    parties = {row["party_id"]: row for row in dataset["party"].iter_rows(named=True)}
    places = dict(dataset["place"].select("place_id", "name").iter_rows())
    at = {
        row["place_id"]: [row["x_coord"], row["y_coord"]]
        for row in dataset["node"].filter(pl.col("located")).iter_rows(named=True)
        if row["place_id"] is not None and row["x_coord"] is not None and row["y_coord"] is not None
    }
    documents = _documents(dataset)
    for row in dataset["project"].sort("project_id").iter_rows(named=True):
        found: dict[str, Any] = {
            "id": row["project_id"],
            "title": row["name"],
            "status": _STATUS[row["stage"]],
            "sector": list(_SECTORS[row["sector"]]),
            "additionalClassifications": [
                {"scheme": SCHEME, "id": f"stage.{row['stage']}"},
                {"scheme": SCHEME, "id": f"sector.{row['sector']}"},
                {"scheme": SCHEME, "id": f"portfolio.{str(row['portfolio']).lower()}"},
            ],
        }
        if row["cost"] is not None:
            prices = {"description": f"In prices of {row['price_year']}."} if row["price_year"] else {}
            found["budget"] = {"amount": {"amount": row["cost"], "currency": "USD"}, **prices}
        if row["earliest_start"] is not None:
            found["period"] = _period(row["earliest_start"], row["duration"])
        metrics = [
            {"id": name, "title": name.replace("_", " "), "observations": [
                {"id": "1", "measure": row[name], "unit": {"name": unit}}
            ]}
            for name, unit in _METRICS.items() if row[name] is not None
        ]  # fmt: skip
        if metrics:
            found["forecasts"] = metrics
        if row["owner"] is not None:
            found |= _owner(row["owner"], parties.get(row["owner"]))
        if row["place_id"] is not None:
            place = {"id": row["place_id"], "description": places.get(row["place_id"], row["place_id"])}
            if row["place_id"] in at:
                place["geometry"] = {"type": "Point", "coordinates": at[row["place_id"]]}
            found["locations"] = [place]
        related = [
            {"id": relation, "scheme": SCHEME, "identifier": row[relation], "relationship": relation}
            for relation in ("requires", "excludes")
            if row[relation] is not None
        ]
        if related:
            found["relatedProjects"] = related
        if row["project_id"] in documents:
            found["documents"] = documents[row["project_id"]]
        yield found


def _period(start: int, duration: float | None) -> dict[str, Any]:
    found: dict[str, Any] = {"startDate": _moment(dt.date(start, 1, 1))}
    if duration is not None:
        found["endDate"] = _moment(dt.date(start + max(math.ceil(duration), 1) - 1, 12, 31))
        found["durationInDays"] = round(duration * 365.25)
    return found


def _owner(name: str, party: Mapping[str, Any] | None) -> dict[str, Any]:
    told = {"id": name, "name": party["name"] if party else name}
    government = party is not None and party["kind"] == "government"
    role = "publicAuthority" if government else "developer"
    full: dict[str, Any] = {**told, "roles": [role]}
    if party is not None:
        full["classifications"] = [{"scheme": SCHEME, "id": f"kind.{party['kind']}"}]
        if party["country"]:
            full["address"] = {"countryName": party["country"]}
    return {"parties": [full], **({"publicAuthority": told} if government else {})}


def _documents(dataset: Dataset) -> dict[str, list[dict[str, Any]]]:
    """Sources in which each project's numbers were announced, through the lineage of its cells."""
    sources = {row["source_id"]: row for row in dataset["source"].iter_rows(named=True)}
    said_in = dict(dataset["statement"].select("statement_id", "source_id").iter_rows())
    rests = dict(dataset["figure"].select("figure_id", "rests_on").iter_rows())
    found: dict[str, dict[str, dict[str, Any]]] = {}
    lineage = dataset["lineage"].filter(pl.col("table") == "project", pl.col("rests_on_kind") == "figure")
    for key, figure in lineage.select("row", "rests_on").sort("row", "rests_on").iter_rows():
        project = json.loads(key).get("project_id")
        for statement in rests.get(figure, ()):
            source = sources.get(said_in.get(statement, ""))
            if source is None:
                continue
            document = {
                "id": source["source_id"],
                "documentType": "x_announcement",
                "title": source["title"],
                "datePublished": _moment(source["published"]),
                "language": source["language"],
                "author": source["publisher"],
            }
            if source["url"]:
                document["url"] = source["url"]
            found.setdefault(project, {})[source["source_id"]] = document
    return {project: [held[s] for s in sorted(held)] for project, held in found.items()}


def _row(
    project: Mapping[str, Any], parties: dict[str, dict[str, Any]], findings: list[Finding]
) -> dict[str, Any] | None:
    name = project["id"]
    status = project.get("status")
    if status == "cancelled":
        findings.append(_doubt(name, "status", status, "is cancelled", "it is left out"))
        return None
    own = dict(
        str(c["id"]).split(".", 1)
        for c in project.get("additionalClassifications", ())
        if c.get("scheme") == SCHEME and "." in str(c.get("id", ""))
    )
    sector = own.get("sector") or _sector(project.get("sector", ()))
    if sector is None:
        named = str(project.get("sector", ""))
        findings.append(_doubt(name, "sector", named, "names no sector that Keruen has", "it becomes mixed"))
    stage = own.get("stage") or _STAGE.get(str(status))
    if stage is None:
        findings.append(_doubt(name, "status", str(status or ""), "is missing", "it becomes announced"))
    row: dict[str, Any] = dict.fromkeys(Project.column_names())
    row |= {
        "project_id": name, "name": project.get("title") or name, "sector": sector or "mixed",
        "portfolio": own.get("portfolio") == "true", "stage": stage or "announced",
        "cost": _cost(name, project.get("budget") or {}, findings),
        "place_id": next((p["id"] for p in project.get("locations", ())), None),
    }  # fmt: skip
    period = project.get("period") or {}
    if period.get("startDate"):
        row["earliest_start"] = int(period["startDate"][:4])
    if period.get("durationInDays") is not None:
        row["duration"] = period["durationInDays"] / 365.25
    for metric in project.get("forecasts", ()):
        if metric["id"] in _METRICS and metric.get("observations"):
            value = float(metric["observations"][0]["measure"])
            whole = metric["id"] in ("price_year", "earliest_start")
            row[metric["id"]] = int(value) if whole else value
    for related in project.get("relatedProjects", ()):
        if related.get("relationship") in ("requires", "excludes"):
            row[related["relationship"]] = related["identifier"]
    for party in project.get("parties", ()):
        held = _party(party)
        parties.setdefault(held["party_id"], held)
        if row["owner"] is None and {"publicAuthority", "developer"} & set(party.get("roles", ())):
            row["owner"] = held["party_id"]
    return row


def _cost(name: str, budget: Mapping[str, Any], findings: list[Finding]) -> float | None:
    amount = budget.get("amount") or {}
    if amount.get("amount") is None:
        return None
    if amount.get("currency", "USD") != "USD":
        findings.append(
            _doubt(name, "budget", f"{amount['amount']} {amount['currency']}", "is not in US dollars",
                   "the cost is left empty; bind it with an exchange rate")
        )  # fmt: skip
        return None
    return float(amount["amount"])


def _sector(named: Sequence[str]) -> str | None:
    finest = sorted(named, key=lambda s: -s.count("."))
    for own, theirs in _SECTORS.items():
        if finest and theirs[-1] == finest[0] and own != "mixed":
            return own
    return None


def _party(party: Mapping[str, Any]) -> dict[str, Any]:
    kinds = [
        str(c["id"]).removeprefix("kind.")
        for c in party.get("classifications", ())
        if c.get("scheme") == SCHEME
    ]
    government = "publicAuthority" in party.get("roles", ())
    country = str((party.get("address") or {}).get("countryName") or "")
    return {
        "party_id": str(party.get("id") or party["name"]),
        "name": str(party.get("name") or party["id"]),
        "kind": kinds[0] if kinds else "government" if government else "organisation",
        # Codes are kept; a country's name would be no key of the place table.
        "country": country if len(country) == 3 and country.isupper() else None,
    }


def _frame(rows: list[dict[str, Any]], schema: Any) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=schema, orient="row").sort(next(iter(schema)))


def _moment(day: dt.date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def _fault(table: str, row: str, column: str, problem: str, remedy: str) -> Finding:
    return Finding(table, row, column, "", problem, remedy)


def _doubt(row: str, column: str, value: str, problem: str, remedy: str) -> Finding:
    return Finding("projects", row, column, value, problem, remedy, Severity.WARNING)
