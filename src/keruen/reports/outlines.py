"""Country outlines, so that a reader knows where on the map they are.

The outlines are those of the ``countryinfo`` package (about 0.3 degree precision): they are for orientation and express
no opinion on any border.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from countryinfo import all_countries

Ring = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Country:
    """A country's outline.

    Parameters
    ----------
    code
        ISO 3166 alpha-3, or empty.
    name
        English name.
    rings
        Closed rings of longitude and latitude, each of shape (n_points, 2), in degrees; holes are rings too and are
        told apart by the even-odd rule.
    """

    code: str
    name: str
    rings: tuple[Ring, ...]


@cache
def countries() -> tuple[Country, ...]:
    """Return every country that has an outline, by name."""
    found = []
    for country in all_countries():
        rings = tuple(_rings(country.geo_json().get("features", [])))
        if rings:
            found.append(Country(str(country.iso(3) or ""), country.name(), rings))
    return tuple(sorted(found, key=lambda c: (c.name, c.code)))


def _rings(features: list[dict[str, dict[str, object]]]) -> Iterator[Ring]:
    for feature in features:
        geometry = feature["geometry"]
        coordinates = geometry["coordinates"]
        polygons = [coordinates] if geometry["type"] == "Polygon" else coordinates
        for polygon in polygons if isinstance(polygons, list) else []:
            for ring in polygon:
                yield np.asarray(ring, dtype=np.float64)[:, :2]
