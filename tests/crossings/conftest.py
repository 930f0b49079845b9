"""A toy border that tests of this room share: two trucks' crossings and a port, small enough to check by hand."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from keruen.tables.dataset import Dataset
from keruen.tables.registry import TABLES

POST = {"lanes": 2.0, "hours_per_day": 24.0, "service_time": 0.5, "service_cv": 1.0, "arrival_cv": 1.0}
LINK = {
    "name": None, "directed": False, "country": "KAZ", "length": 1.0, "free_speed": 40.0, "gauge": None, "tracks": None,
    "traction": None, "paths_per_day": None, "passenger_paths": None, "train_net_load": None, "annual_capacity": None,
    "enabled": True, "place_id": None,
}  # fmt: skip
NODE = {
    "node_type": "crossing",
    "x_coord": 80.0,
    "y_coord": 45.0,
    "located": True,
    "zone_id": None,
    "place_id": None,
}
GOODS = {
    "value": 1000.0, "value_of_time_low": 0.1, "value_of_time_high": 1.0, "reliability_ratio": 0.5, "scale": 0.1, "hs": None,
}  # fmt: skip


def table(name: str, rows: list[dict[str, object]]) -> pl.DataFrame:
    """Return rows as a table without validating them, so that tests can break them."""
    return pl.DataFrame(rows, schema=TABLES[name].schema.create_empty().schema, orient="row")


def toy(**posts: dict[str, object]) -> Dataset:
    """Return the toy border; ``KAZ`` and ``CHN`` patch the two posts of the road crossing."""
    sides = {
        "KAZ": {"regime": "customs", **POST, **posts.get("KAZ", {})},
        "CHN": {"regime": "customs", **POST, "lanes": 3.0, **posts.get("CHN", {})},
    }
    nodes = [("west", "KAZ"), ("east", "CHN"), ("quay", "KAZ"), ("yard", "KAZ")]
    return Dataset(
        {
            "node": table("node", [{"node_id": n, "name": n, "country": c, **NODE} for n, c in nodes]),
            "link": table(
                "link",
                [
                    {**LINK, "link_id": "pass", "from_node_id": "west", "to_node_id": "east", "mode_id": "road"},
                    {**LINK, "link_id": "rails", "from_node_id": "yard", "to_node_id": "east", "mode_id": "rail",
                     "train_net_load": 2000.0},
                ],
            ),
            "mode": table(
                "mode",
                [
                    {"mode_id": m, "name": m, "payload": p, "resource_cost": 0.05, "empty_return_share": e, "emission": 0.1}
                    for m, p, e in (("road", 20.0, 0.0), ("rail", 1500.0, 0.5), ("sea", 5000.0, 0.0))
                ],
            ),
            "commodity": table(
                "commodity", [{"commodity_id": "goods", "name": "goods", "value_of_time": 0.5, **GOODS}]
            ),
            "demand": table(
                "demand",
                [{"origin": "west", "destination": "east", "commodity_id": "goods", "traffic_type": "export",
                  "year": 2024, "tonnes": 1e5}],
            ),
            "crossing": table(
                "crossing",
                [
                    {"crossing_id": "pass", "name": "Pass", "kind": "road", "link_id": "pass", "node_id": "west", "grade": "B"},
                    {"crossing_id": "rails", "name": "Rails", "kind": "rail", "link_id": "rails", "node_id": "yard", "grade": "C"},
                    {"crossing_id": "quay", "name": "Quay", "kind": "port", "link_id": None, "node_id": "quay", "grade": "C"},
                ],
            ),
            "post": table(
                "post",
                [{"crossing_id": "pass", "country": country, **values} for country, values in sides.items()]
                + [{"crossing_id": "rails", "country": c, "regime": "customs", **POST, "lanes": 4.0, "service_time": 4.0} for c in ("KAZ", "CHN")]
                + [{"crossing_id": "quay", "country": "KAZ", "regime": "customs", **POST, "lanes": 2.0, "service_time": 20.0}],
            ),
            "delay_cause": table(
                "delay_cause",
                [{"crossing_id": "rails", "cause": "wagons", "hours": 6.0, "note": None},
                 {"crossing_id": "rails", "cause": "documents", "hours": 2.0, "note": None}],
            ),
        },
        name="toy",
    )  # fmt: skip


@pytest.fixture
def border() -> Callable[..., Dataset]:
    """The maker of toy borders."""
    return toy
