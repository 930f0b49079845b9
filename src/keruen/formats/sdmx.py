"""Observations of statistical offices: SDMX-ML 2.1 (generic and structure-specific), SDMX-JSON 1.0 and SDMX-CSV.

Receives a file, hands on a frame of text: one row an observation, one column a dimension or attribute, ``TIME_PERIOD`` and
``OBS_VALUE`` among them. Nothing is converted and nothing left out; what it means is for the caller to say. Yearly series
go out as SDMX-CSV.
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from keruen.errors import Finding, InputError
from keruen.formats.frames import csv_safe
from keruen.tables.folder import read_text

MAX_BYTES = 256 * 2**20
"""Largest file that is read."""
TIME, VALUE = "TIME_PERIOD", "OBS_VALUE"
ABSENT = "_Z"
"""Code of a dimension that does not apply, as SDMX says it."""
DATAFLOW = "KERUEN:YEARLY_SERIES(1.0)"
CONCEPTS = {
    "indicator_id": "INDICATOR",
    "place_id": "REF_AREA",
    "partner_id": "COUNTERPART_AREA",
    "commodity_id": "COMMODITY",
    "reporter": "REPORTER",
    "valuation": "VALUATION",
    "vintage": "VINTAGE",
    "year": TIME,
    "value": VALUE,
    "unit": "UNIT_MEASURE",
    "definition": "DEFINITION",
    "citation": "CITATION",
}
"""Columns of the table ``yearly_series`` and what they are called in SDMX-CSV; dimensions come before the time."""


def sdmx_csv(series: pl.DataFrame) -> bytes:
    """Return yearly series as SDMX-CSV 1.0.

    Parameters
    ----------
    series
        Rows of the table ``yearly_series``.
    """
    names = list(CONCEPTS)
    dimensions = names[: names.index("year")]
    told = series.sort("series_id", "year", "vintage").select(
        pl.lit(DATAFLOW).alias("DATAFLOW"),
        *(pl.col(n).fill_null(ABSENT).alias(CONCEPTS[n]) if n in dimensions else pl.col(n).alias(CONCEPTS[n]) for n in names),
    )  # fmt: skip
    return csv_safe(told).write_csv().encode()


def read_sdmx(path: Path) -> pl.DataFrame:
    """Read every observation of a file, as text.

    Parameters
    ----------
    path
        ``.xml``, ``.json`` or ``.csv``.

    Returns
    -------
    polars.DataFrame
        One row an observation; a value that the file leaves empty is null.

    Raises
    ------
    InputError
        If the file is malformed, holds a document type (which could hide a bomb), or no observation.
    """
    text = read_text(path, MAX_BYTES)
    try:
        match path.suffix.lower():
            case ".xml":
                rows = list(_xml(text))
            case ".json":
                rows = list(_json(json.loads(text)))
            case ".csv":
                frame = pl.read_csv(text.encode(), infer_schema=False)
                rows = list(frame.iter_rows(named=True))
            case _:
                raise _refused(
                    path, "has an ending that names no SDMX format", "end it in .xml, .json or .csv"
                )
    except (ET.ParseError, json.JSONDecodeError, pl.exceptions.PolarsError, RecursionError) as error:
        raise _refused(path, f"cannot be read: {str(error).splitlines()[0]}", "fetch it again") from None
    except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
        problem = f"is not laid out as SDMX says ({type(error).__name__}: {error})"
        raise _refused(path, problem, "fetch it again, as SDMX-ML 2.1 or SDMX-JSON 1.0") from None
    if not rows:
        raise _refused(path, "holds no observation", "give a data file, not a structure file")
    columns = dict.fromkeys(name for row in rows for name in row)
    missing = [name for name in (TIME, VALUE) if name not in columns]
    if missing:
        raise _refused(path, f"has no {' and no '.join(missing)}", "give a file of time series")
    whole = [{name: row.get(name) for name in columns} for row in rows]
    return pl.DataFrame(whole, schema=dict.fromkeys(columns, pl.String), orient="row")


def _refused(path: Path, problem: str, remedy: str) -> InputError:
    return InputError([Finding(path.name, "", "", "", problem, remedy)])


def _xml(text: str) -> Iterator[dict[str, str | None]]:
    """Yield the observations of SDMX-ML."""
    # Entities are declared in a document type, and SDMX has none: refusing it refuses entity bombs.
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError("a document type is declared")
    root = ET.fromstring(text)
    for dataset in root.iter():
        if _tag(dataset) != "DataSet":
            continue
        for child in dataset:
            match _tag(child):
                case "Series":
                    above: dict[str, str | None] = _generic(child) or {**child.attrib}
                    for obs in child:
                        if _tag(obs) == "Obs":
                            yield above | _observation(obs)
                case "Obs":
                    yield _observation(child)


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _generic(element: ET.Element) -> dict[str, str | None]:
    """Dimensions and attributes of a generic series or observation."""
    found: dict[str, str | None] = {}
    for part in element:
        if _tag(part) in ("SeriesKey", "ObsKey", "Attributes"):
            found |= {value.attrib["id"]: value.attrib["value"] for value in part}
    return found


def _observation(obs: ET.Element) -> dict[str, str | None]:
    found: dict[str, str | None] = {**obs.attrib, **_generic(obs)}
    for part in obs:
        match _tag(part):
            case "ObsValue":
                found[VALUE] = part.attrib.get("value")
            case "ObsDimension":
                found[part.attrib.get("id", TIME)] = part.attrib["value"]
    if found and VALUE not in found:
        found[VALUE] = None
    return found


def _json(message: Mapping[str, Any]) -> Iterator[dict[str, str | None]]:
    """Yield the observations of SDMX-JSON: positions in a key point into lists of codes."""
    held = message.get("data", message)
    structure = held["structure"]
    dimensions = structure["dimensions"]
    attributes = structure.get("attributes", {})
    fixed = {d["id"]: d["values"][0]["id"] for d in dimensions.get("dataSet", ())}
    for dataset in held["dataSets"]:
        for key, values in dataset.get("observations", {}).items():
            own = _codes(dimensions["observation"], key)
            yield fixed | own | _valued(attributes.get("observation", ()), values)
        for key, series in dataset.get("series", {}).items():
            above = fixed | _codes(dimensions["series"], key)
            above |= _coded(attributes.get("series", ()), series.get("attributes", ()))
            for at, values in series["observations"].items():
                own = _codes(dimensions["observation"], at)
                yield above | own | _valued(attributes.get("observation", ()), values)


def _codes(dimensions: Any, key: str) -> dict[str, str | None]:
    places = key.split(":")
    if len(places) != len(dimensions):
        raise ValueError(f"the key {key!r} has {len(places)} places for {len(dimensions)} dimensions")
    return {d["id"]: d["values"][int(p)]["id"] for d, p in zip(dimensions, places, strict=True)}


def _valued(attributes: Any, values: Any) -> dict[str, str | None]:
    value = None if values[0] is None else str(values[0])
    return {VALUE: value} | _coded(attributes, values[1:])


def _coded(attributes: Any, places: Any) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for attribute, place in zip(attributes, places, strict=False):
        chosen = attribute["values"][place] if place is not None else {}
        found[attribute["id"]] = chosen.get("id", chosen.get("name"))
    return found
