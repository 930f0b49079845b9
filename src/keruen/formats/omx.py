"""Read matrices of the Open Matrix format (HDF5): trips or skims between zones, as sparse pairs.

Needs ``h5py``, which the extra ``omx`` installs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keruen.errors import Finding, InputError, KeruenError

MAX_ZONES = 200_000
"""Matrices wider than this are refused before they are read."""
_ROWS = 512


@dataclass(frozen=True, slots=True)
class Matrix:
    """One matrix as the pairs of zones that it is not zero for, in row order.

    Parameters
    ----------
    name
        Name of the matrix in the file.
    zones
        (n,) names of the zones: those of the file's mapping, else 1 to n.
    origin, destination
        (n_pairs,) positions in ``zones``.
    value
        (n_pairs,) in the file's units.
    """

    name: str
    zones: tuple[str, ...]
    origin: NDArray[np.int32]
    destination: NDArray[np.int32]
    value: NDArray[np.float64]


def read(path: str | Path, *, matrix: str | None = None, mapping: str | None = None) -> Matrix:
    """Read one matrix, a block of rows at a time.

    Parameters
    ----------
    path
        The ``.omx`` file.
    matrix
        Name of the matrix; may be left out where the file holds just one.
    mapping
        Name of the mapping that names the zones; may be left out where the file holds one or none.

    Raises
    ------
    InputError
        If the file cannot be read, the names do not choose one matrix and mapping, or a value is not finite.
    KeruenError
        If ``h5py`` is not installed.

    References
    ----------
    https://github.com/osPlanning/omx/wiki/Specification
    """
    try:
        import h5py
    except ImportError as fault:
        raise KeruenError("reading OMX needs h5py: pip install 'keruen[omx]'") from fault
    path = Path(path)
    if not path.is_file() or not h5py.is_hdf5(path):
        raise _refusal(path, "", "is no HDF5 file", "give an OMX file")
    with h5py.File(path, "r") as file:
        data = _members(file, "data")
        names = _members(file, "lookup")
        chosen = _choose(path, "matrix", sorted(data), matrix)
        cells = data[chosen]
        if cells.ndim != 2 or cells.shape[0] != cells.shape[1] or cells.shape[0] > MAX_ZONES:
            problem = f"has the shape {cells.shape}"
            raise _refusal(path, chosen, problem, f"give a square matrix of up to {MAX_ZONES:,} zones")
        n = cells.shape[0]
        zones = tuple(str(i + 1) for i in range(n))
        if names:
            lookup = names[_choose(path, "mapping", sorted(names), mapping)][()]
            if len(lookup) != n:
                raise _refusal(path, "lookup", f"names {len(lookup)} of {n} zones", "correct the mapping")
            zones = tuple(z.decode() if isinstance(z, bytes) else str(z) for z in lookup)
        origins, destinations, values = [], [], []
        for begin in range(0, n, _ROWS):
            block = np.asarray(cells[begin : begin + _ROWS], dtype=np.float64)
            if not np.isfinite(block).all():
                i, j = np.argwhere(~np.isfinite(block))[0]
                where = f"{chosen}, {zones[begin + i]} to {zones[j]}"
                raise _refusal(path, where, "is not a finite number", "correct the matrix", str(block[i, j]))
            i, j = np.nonzero(block)
            origins.append((i + begin).astype(np.int32))
            destinations.append(j.astype(np.int32))
            values.append(block[i, j])
    empty = [np.zeros(0)]
    return Matrix(
        chosen,
        zones,
        np.concatenate(origins or empty).astype(np.int32),
        np.concatenate(destinations or empty).astype(np.int32),
        np.concatenate(values or empty),
    )


def _members(file: Any, group: str) -> dict[str, Any]:
    return dict(file.get(group, {}).items())


def _choose(path: Path, what: str, names: list[str], wanted: str | None) -> str:
    if wanted is None and len(names) == 1:
        return names[0]
    if wanted in names:
        return str(wanted)
    problem = f"holds the {what} names {', '.join(names) or 'none'}"
    raise _refusal(path, what, problem, f"name one {what}", wanted or "")


def _refusal(path: Path, where: str, problem: str, remedy: str, value: str = "") -> InputError:
    return InputError([Finding(path.name, where, "", value, problem, remedy)])
