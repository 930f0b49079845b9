"""Small freight datasets for the tests of flows and network."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from keruen.tables.dataset import Dataset
from keruen.tables.registry import TABLES


def frame(table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Return the rows as a validated frame; columns that are left out are null."""
    schema = TABLES[table].schema
    full = [{name: row.get(name) for name in schema.column_names()} for row in rows]
    types = {name: column.dtype for name, column in schema.columns().items()}
    return schema.validate(pl.DataFrame(full, schema=types), cast=True)


def node(node_id: str, country: str = "KAZ", node_type: str = "city", zone: bool = True) -> dict[str, Any]:
    return {
        "node_id": node_id, "name": node_id, "country": country, "node_type": node_type, "located": False,
        "zone_id": node_id if zone else None,
    }  # fmt: skip


def link(link_id: str, a: str, b: str, mode: str = "rail", **other: Any) -> dict[str, Any]:
    row = {
        "link_id": link_id, "from_node_id": a, "to_node_id": b, "mode_id": mode, "directed": False, "country": "KAZ",
        "length": 100.0, "free_speed": 50.0, "gauge": 1520.0 if mode == "rail" else None, "enabled": True,
    }  # fmt: skip
    return row | other


def mode(mode_id: str, resource_cost: float = 0.02, emission: float = 0.02) -> dict[str, Any]:
    return {
        "mode_id": mode_id, "name": mode_id, "payload": 60.0, "resource_cost": resource_cost, "empty_return_share": 0.3,
        "emission": emission,
    }  # fmt: skip


def goods(commodity_id: str, value_of_time: float = 0.1, scale: float = 0.5) -> dict[str, Any]:
    return {
        "commodity_id": commodity_id, "name": commodity_id, "value": 500.0, "value_of_time_low": 0.5 * value_of_time,
        "value_of_time": value_of_time, "value_of_time_high": 2 * value_of_time, "reliability_ratio": 0.8, "scale": scale,
    }  # fmt: skip


def wants(
    origin: str, destination: str, tonnes: float, commodity: str = "grain", traffic: str = "domestic"
) -> dict[str, Any]:
    return {
        "origin": origin, "destination": destination, "commodity_id": commodity, "traffic_type": traffic,
        "year": 2024, "tonnes": tonnes,
    }  # fmt: skip


def dataset(**tables: list[dict[str, Any]]) -> Dataset:
    """Return a dataset of the rows given; a mode rail and goods grain are added where none are given."""
    tables.setdefault("mode", [mode("rail"), mode("road", 0.06, 0.08), mode("sea", 0.01, 0.01)])
    tables.setdefault("commodity", [goods("grain")])
    return Dataset({name: frame(name, rows) for name, rows in tables.items()}, name="toy")


def random_dataset(seed: int, n_nodes: int = 100, n_links: int = 150, n_demands: int = 300) -> Dataset:
    """Return a connected multimodal dataset of the size of a national model, with tight capacities."""
    rng = np.random.default_rng(seed)
    names = [f"n{i:03d}" for i in range(n_nodes)]
    xy = rng.uniform(0.0, 2000.0, (n_nodes, 2))
    nodes = [node(n, country="KAZ" if x < 1500 else "CHN") for n, (x, _) in zip(names, xy, strict=True)]
    links, seen = [], set()
    order = np.argsort(xy[:, 0])
    joins = [(order[i], order[rng.integers(max(0, i - 4), i)]) for i in range(1, n_nodes)]
    near = np.argsort(((xy[:, None] - xy[None]) ** 2).sum(-1), axis=1)
    while len(joins) < n_links:
        i = rng.integers(n_nodes)
        joins.append((i, near[i, rng.integers(1, 6)]))
    for k, (i, j) in enumerate(joins):
        length = float(np.hypot(*(xy[i] - xy[j]))) + 5.0
        by = "rail" if k < n_nodes - 1 or rng.random() < 0.5 else "road"
        if (i, j, by) in seen:
            continue
        seen.add((i, j, by))
        capacity = float(rng.uniform(0.5e6, 8e6)) if rng.random() < 0.5 else None
        links.append(
            link(
                f"l{k:03d}",
                names[i],
                names[j],
                by,
                length=length,
                annual_capacity=capacity,
                country=nodes[i]["country"],
            )
        )
        if by == "rail" and rng.random() < 0.5:
            links.append(link(f"l{k:03d}r", names[i], names[j], "road", length=1.1 * length, free_speed=60.0))
    transfers = [
        {"transfer_id": f"load_{m}", "to_mode": m, "cost": c, "time": 12.0}
        for m, c in (("rail", 4.0), ("road", 1.0))
    ]
    transfers += [
        {"transfer_id": f"unload_{m}", "from_mode": m, "cost": c, "time": 12.0}
        for m, c in (("rail", 4.0), ("road", 1.0))
    ]
    transfers += [
        {"transfer_id": "rail_road", "from_mode": "rail", "to_mode": "road", "cost": 5.0, "time": 24.0},
        {"transfer_id": "road_rail", "from_mode": "road", "to_mode": "rail", "cost": 5.0, "time": 24.0},
    ]
    commodities = [
        goods(f"c{i}", float(rng.uniform(0.02, 0.5)), float(rng.uniform(0.05, 0.4))) for i in range(8)
    ]
    demands = {}
    while len(demands) < n_demands:
        i, j = rng.choice(n_nodes, 2, replace=False)
        c, t = int(rng.integers(8)), ("domestic", "export", "import", "transit")[int(rng.integers(4))]
        demands[i, j, c, t] = wants(names[i], names[j], float(rng.lognormal(10.5, 1.2)), f"c{c}", t)
    return dataset(
        node=nodes, link=links, transfer=transfers, commodity=commodities, demand=list(demands.values())
    )
