"""Whose goods pass here: the routes over a link, a border crossing or a port, by pair, class of goods and corridor.

Everything is read from the route flows that the ``path`` table holds, so an assignment and a run folder answer alike, and
totals are the flows of the tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from keruen.errors import KeruenError
from keruen.flows.assignment import Assignment
from keruen.flows.road import Equilibrium
from keruen.flows.routes import add_up
from keruen.network import WATER
from keruen.tables.dataset import Dataset

Floats = NDArray[np.float64]
PAIR = ("origin", "destination", "commodity_id", "traffic_type")
_CLASS = ("commodity_id", "traffic_type")


@dataclass(frozen=True, slots=True)
class Selection:
    """The goods that pass a link or crossing.

    Parameters
    ----------
    name
        The link or crossing.
    paths
        Routes that pass: ``path_id``, the pair and class of goods, ``links``, and in t/year ``tonnes``, of them ``ahead`` (along
        the link as its row says; at a port to the water) and ``back``. A route that passes twice counts twice.
    legs
        The links of those routes one by one: ``path_id``, ``link_id``, ``length`` [km].
    """

    name: str
    paths: pl.DataFrame
    legs: pl.DataFrame

    @property
    def pairs(self) -> pl.DataFrame:
        """By origin, destination, commodity and traffic: ``tonnes``, ``ahead``, ``back`` [t/year], and the share of all."""
        return self._by(PAIR)

    @property
    def classes(self) -> pl.DataFrame:
        """By commodity and traffic, columns as of :attr:`pairs`."""
        return self._by(_CLASS)

    def corridors(self, dataset: Dataset) -> pl.DataFrame:
        """Say along which corridors the goods travel.

        Parameters
        ----------
        dataset
            Tables ``corridor`` and ``corridor_link``.

        Returns
        -------
        DataFrame
            ``corridor_id``, ``tonnes`` [t/year] whose route has a link of the corridor, their ``share`` of all that passes, and
            ``share_of_way``: tonne-kilometres on the corridor over all that these goods travel. Corridors overlap, so shares
            need not sum to 1.
        """
        on = self.legs.unique(["path_id", "link_id"], maintain_order=True).join(
            dataset["corridor_link"].select("corridor_id", "link_id"), on="link_id"
        )
        tonnes = self.paths.select("path_id", "tonnes")
        way = (
            self.legs.join(tonnes, on="path_id").select((pl.col("length") * pl.col("tonnes")).sum()).item()
            or 0.0
        )
        total = float(tonnes["tonnes"].sum())
        return (
            on.group_by("corridor_id", "path_id")
            .agg(pl.col("length").sum())
            .sort("corridor_id", "path_id")
            .join(tonnes, on="path_id", maintain_order="left")
            .group_by("corridor_id", maintain_order=True)
            .agg(
                pl.col("tonnes").sum(),
                share=pl.col("tonnes").sum() / total,
                share_of_way=(pl.col("length") * pl.col("tonnes")).sum() / (way or 1.0),
            )
            .sort("tonnes", "corridor_id", descending=[True, False])
        )

    def _by(self, columns: tuple[str, ...]) -> pl.DataFrame:
        return (
            self.paths.group_by(columns, maintain_order=True)
            .agg(pl.col("tonnes", "ahead", "back").sum())
            .with_columns(share=pl.col("tonnes") / pl.col("tonnes").sum())
            .sort("tonnes", *columns, descending=[True, *(False for _ in columns)])
        )


def select_link(flows: Assignment | Dataset, link_id: str) -> Selection:
    """Say whose goods use a link (select-link analysis).

    Parameters
    ----------
    flows
        An assignment, or the tables ``path`` and ``link`` of a run.
    link_id
        The link.

    Raises
    ------
    KeruenError
        If there is no such link, or there are no paths.
    """
    tables = tables_of(flows)
    if link_id not in set(tables["link"]["link_id"]):
        raise KeruenError(f"no such link: {link_id}")
    legs = _legs(tables)
    passes = (
        legs.filter(pl.col("link_id") == link_id)
        .group_by("path_id")
        .agg(ahead=(~pl.col("backward")).sum(), back=pl.col("backward").sum())
    )
    return _selected(link_id, tables, legs, passes)


def select_crossing(flows: Assignment | Dataset, crossing_id: str) -> Selection:
    """Say whose goods pass a border crossing, by its link, or a port, between land and water (select-border analysis).

    Parameters
    ----------
    flows
        An assignment, or the tables ``path``, ``link`` and ``crossing`` of a run.
    crossing_id
        The crossing.

    Raises
    ------
    KeruenError
        If there is no such crossing, or there are no paths.
    """
    tables = tables_of(flows)
    row = tables["crossing"].filter(pl.col("crossing_id") == crossing_id)
    if row.is_empty():
        raise KeruenError(f"no such crossing: {crossing_id}")
    if row["link_id"].item() is not None:
        found = select_link(flows, row["link_id"].item())
        return Selection(crossing_id, found.paths, found.legs)
    legs, port = _legs(tables), row["node_id"].item()
    # what starts or ends by ship at the port goes to or comes from land there
    following = pl.col("water").shift(-1).over("path_id").fill_null(False)
    first = pl.int_range(pl.len()).over("path_id") == 0
    passes = (
        legs.with_columns(
            loads=first & pl.col("water") & (pl.col("start") == port),
            ahead=(pl.col("end") == port) & ~pl.col("water") & following,
            back=(pl.col("end") == port) & pl.col("water") & ~following,
        )
        .group_by("path_id")
        .agg(ahead=pl.col("ahead").sum() + pl.col("loads").sum(), back=pl.col("back").sum())
        .filter(pl.col("ahead") + pl.col("back") > 0)
    )
    return _selected(crossing_id, tables, legs, passes)


def select_road(found: Equilibrium, link: int) -> tuple[NDArray[np.int64], Floats]:
    """Return the pairs that use a link of a road network, as positions in its trips, and their flows on it.

    Equilibrium leaves open which pairs they are where routes cost the same; :func:`keruen.flows.proportional` settles it.

    Raises
    ------
    KeruenError
        If the flows are those of a logit equilibrium, whose routes are not listed.
    """
    if found.model == "logit":
        raise KeruenError("routes of a logit equilibrium on roads are not listed: take model ue or so")
    owner = np.repeat(np.arange(found.flow.size), np.diff(found.start))
    uses = add_up(owner[found.links == link], np.ones(int((found.links == link).sum())), found.flow.size)
    pair = np.repeat(np.arange(found.pairs.size), np.diff(found.first))
    flow = add_up(pair, uses * found.flow, found.pairs.size)
    used = np.flatnonzero(flow > 0.0)
    return found.pairs[used], flow[used]


def tables_of(flows: Assignment | Dataset) -> Mapping[str, pl.DataFrame]:
    """Return ``path``, ``link`` and ``crossing`` of an assignment or a run.

    Raises
    ------
    KeruenError
        If a dataset has no paths: nothing was assigned.
    """
    if isinstance(flows, Assignment):
        return {
            "path": flows.tables()["path"],
            **{name: flows.network.tables[name] for name in ("link", "crossing")},
        }
    if not flows.has("path"):
        raise KeruenError(f"{flows.name} has no paths: assign its goods first")
    return {name: flows[name] for name in ("path", "link", "crossing")}


def _legs(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the links of every route in order, with the ends in the direction travelled."""
    backward = pl.col("links").str.starts_with("-")
    start, end = pl.col("from_node_id"), pl.col("to_node_id")
    return (
        tables["path"]
        .select("path_id", "links")
        .explode("links")
        .select("path_id", link_id=pl.col("links").str.strip_prefix("-"), backward=backward)
        .join(
            tables["link"].select(
                "link_id", "from_node_id", "to_node_id", "length", water=pl.col("mode_id").is_in(WATER)
            ),
            on="link_id",
            maintain_order="left",
        )
        .with_columns(
            start=pl.when("backward").then(end).otherwise(start),
            end=pl.when("backward").then(start).otherwise(end),
        )
    )


def _selected(
    name: str, tables: Mapping[str, pl.DataFrame], legs: pl.DataFrame, passes: pl.DataFrame
) -> Selection:
    ahead, back = (pl.col("tonnes") * pl.col(column) for column in ("ahead", "back"))
    paths = (
        tables["path"]
        .select("path_id", *PAIR, "tonnes", "links")
        .join(passes, on="path_id", maintain_order="left")
        .with_columns(ahead=ahead, back=back)
        .with_columns(tonnes=pl.col("ahead") + pl.col("back"))
    )
    mine = legs.join(paths.select("path_id"), on="path_id", how="semi", maintain_order="left")
    return Selection(name, paths, mine.select("path_id", "link_id", "length"))
