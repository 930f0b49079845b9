"""Public test networks against their published best-known solutions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from keruen.errors import KeruenError
from keruen.flows import assign_network, equilibrium
from keruen.formats import tntp

BECKMANN = {"SiouxFalls": 4231335.287107440, "Anaheim": 1286032.171096, "Chicago-Sketch": 17313018.7387477}
FACTORS = {"Chicago-Sketch": (0.02, 0.04)}


@pytest.mark.parametrize("name", sorted(BECKMANN))
def test_best_known_flows(shared: Path, name: str) -> None:
    toll, distance = FACTORS.get(name, (None, None))
    net = tntp.read(shared / "networks" / name, toll_factor=toll, distance_factor=distance)
    found = equilibrium(net, gap=1e-12)
    assert found.stall == ""
    assert found.gap <= 1e-12
    assert found.conservation < 1e-12
    assert found.beckmann == pytest.approx(BECKMANN[name], rel=1e-12)
    best = next((shared / "networks" / name).glob("*_flow.tntp")).read_text().split()[4:]
    published = np.array(best, dtype=np.float64).reshape(-1, 4)
    by_ends = {(int(a), int(b)): v for a, b, v, _ in published}
    ours = {(a + 1, b + 1): v for a, b, v in zip(net.tail, net.head, found.volume, strict=True)}
    assert by_ends.keys() == ours.keys()
    worst = max(abs(ours[key] - by_ends[key]) for key in ours)
    assert worst <= 1e-6 * max(by_ends.values())


def test_the_command_lists_links_in_the_order_of_the_file(shared: Path) -> None:
    folder = shared / "networks" / "SiouxFalls"
    told: list[str] = []
    found = assign_network(folder, gap=1e-6, progress=told.append)
    net = tntp.read(folder)
    assert found.flow.columns == ["from_node_id", "to_node_id", "flow", "cost"]
    assert found.flow["from_node_id"].to_list() == (net.tail + 1).tolist()
    assert found.flow.schema["from_node_id"] == pl.Int64
    assert "relative gap" in found.certificate()
    assert told[-1].startswith("round")


def test_a_road_network_has_no_logit_scale_of_its_own(shared: Path) -> None:
    with pytest.raises(KeruenError, match="give --scale"):
        assign_network(shared / "networks" / "SiouxFalls", model="logit")


@pytest.mark.parametrize("scale", [0.02, 0.5])
def test_logit_on_sioux_falls(shared: Path, scale: float) -> None:
    found = assign_network(shared / "networks" / "SiouxFalls", model="logit", scale=scale).result
    assert found.stall == ""
    assert found.gap <= 1e-6
    assert found.conservation < 1e-12


def test_a_tntp_folder_of_careless_hands(tmp_path: Path) -> None:
    """Tags in any case, comments at the end of rows, no first through node, b of zero, a power of zero, a capacity of zero."""
    (tmp_path / "x_net.tntp").write_text(
        "~ made elsewhere\n<number of zones>2 ~ two\n<NUMBER OF NODES>\t3\n<Number Of Links> 4\n<END OF METADATA>\n\n\n"
        " 1\t3\t0\t1\t1\t0\t0\t60\t0\t1;\n\t3 2 1e3 1 2.5 0.15 0 60 0 1 ; ~ power 0\n~ nothing\n"
        "1 2 0 1 1 0.15 4 0 0 1\n2 1 10 1 1 0.15 4 0 0 1;\n"
    )
    (tmp_path / "x_trips.tntp").write_text(
        "<NUMBER OF ZONES> 2\n<END OF METADATA>\nOrigin \t1\n    1 :      0.0;    2 :   10.0 ;\n\nORIGIN 2\n"
    )
    flow = assign_network(tmp_path).flow
    # over node 3: 1, and 2.5 times 1.15 at any volume; the direct way has no capacity and is closed
    assert flow["flow"].to_list() == [10.0, 10.0, 0.0, 0.0]
    assert flow["cost"].to_list()[:3] == pytest.approx([1.0, 2.875, np.inf])
