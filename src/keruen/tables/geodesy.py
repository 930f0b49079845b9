"""Distances over the earth between places whose coordinates are known."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
EARTH_RADIUS = 6371.0088
"""Mean radius of the Earth [km] (IUGG)."""


def great_circle(lon1: Array, lat1: Array, lon2: Array, lat2: Array) -> Array:
    """Return the great-circle distance in kilometres by the haversine formula.

    Parameters
    ----------
    lon1, lat1
        Start, shape (n,) [degree].
    lon2, lat2
        End, shape (n,) [degree].

    Examples
    --------
    >>> import numpy as np
    >>> float(great_circle(*np.radians([0.0, 0.0, 0.0, 1.0]) * 180 / np.pi).round(1))
    111.2
    """
    a1, a2 = np.radians(lat1), np.radians(lat2)
    half = np.sin((a2 - a1) / 2) ** 2 + np.cos(a1) * np.cos(a2) * np.sin(np.radians(lon2 - lon1) / 2) ** 2
    distance: Array = 2 * EARTH_RADIUS * np.arcsin(np.sqrt(half))
    return distance
