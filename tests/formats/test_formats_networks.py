"""TNTP, GMNS and OMX: what is read, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from keruen.errors import InputError
from keruen.flows import assign_network, equilibrium
from keruen.formats import gmns, omx, tntp

NET = """<NUMBER OF ZONES> 2
<NUMBER OF NODES>  3
<FIRST THRU NODE> 3
<NUMBER OF LINKS> 2
<TOLL FACTOR> 0.5   ~ per cent
<END OF METADATA>

~ \tinit_node\tterm_node\tcapacity\tlength\tfree_flow_time\tb\tpower\tspeed\ttoll\tlink_type\t;
\t1\t3\t100\t2.5\t1\t0.15\t4\t0\t3\t1\t;   ~ a comment
  3   2 100 1 2 .15 4 0 0 1;
"""
TRIPS = """<NUMBER OF ZONES> 2
<TOTAL OD FLOW> 7
<END OF METADATA>
Origin \t1
 1 : 3.0;   2 :7.0 ;
ORIGIN 2
"""


def folder(tmp_path: Path, net: str = NET, trips: str = TRIPS) -> Path:
    (tmp_path / "x_net.tntp").write_text(net)
    (tmp_path / "x_trips.tntp").write_text(trips)
    return tmp_path


def test_tntp_with_odd_spacing_comments_and_factors(tmp_path: Path) -> None:
    net = tntp.read(folder(tmp_path))
    assert (net.tail.tolist(), net.head.tolist(), net.first_through) == ([0, 2], [2, 1], 2)
    assert net.fixed.tolist() == [1.5, 0.0]
    assert (net.origin.tolist(), net.destination.tolist(), net.trips.tolist()) == ([0], [1], [7.0])
    assert tntp.read(tmp_path, toll_factor=0.0, distance_factor=2.0).fixed.tolist() == [5.0, 2.0]
    assert equilibrium(net).volume.tolist() == [7.0, 7.0]


def test_tntp_columns_may_stand_in_another_order(tmp_path: Path) -> None:
    net = (
        NET.replace("capacity\tlength", "length\tcapacity")
        .replace("100\t2.5", "2.5\t100")
        .replace("2 100 1 2", "2 1 100 2")
    )
    one, other = tntp.read(folder(tmp_path)), tntp.read(folder(tmp_path, net))
    assert one.capacity.tolist() == other.capacity.tolist()
    assert one.fixed.tolist() == other.fixed.tolist()


def test_every_fault_of_a_tntp_folder_at_once(tmp_path: Path) -> None:
    net = (
        NET.replace("1\t3\t100", "9\t3\t-100")
        .replace("100 1 2 .15", "100 nan 2 abc")
        .replace("LINKS> 2", "LINKS> 3")
    )
    trips = TRIPS.replace("2 :7.0", "5 :7.0; 2 : -4.0; 2 :x").replace(
        "ORIGIN 2", "ORIGIN 99999999999999999999"
    )
    with pytest.raises(InputError) as caught:
        tntp.read(folder(tmp_path, net, trips + "what is this\n"))
    found = {(f.table, f.row, f.column) for f in caught.value.findings}
    assert found == {
        ("x_net.tntp", "", "NUMBER OF LINKS"),
        ("x_net.tntp", "line 9", "init_node"),
        ("x_net.tntp", "line 9", "capacity"),
        ("x_net.tntp", "line 10", "length"),
        ("x_net.tntp", "line 10", "b"),
        ("x_trips.tntp", "line 5", "zone"),
        ("x_trips.tntp", "line 5", "trips"),
        ("x_trips.tntp", "line 6", "zone"),
        ("x_trips.tntp", "line 7", ""),
    }


@pytest.mark.parametrize(
    "text", ["", "<NUMBER OF NODES> 99999999999999\n", "<NUMBER OF ZONES> -1\n<NUMBER OF NODES> 2.5\n"]
)
def test_tntp_headers_that_make_no_sense(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError) as caught:
        tntp.read(folder(tmp_path, text))
    assert {"NUMBER OF ZONES", "NUMBER OF NODES"} <= {f.column for f in caught.value.findings}


def test_files_that_are_not_what_they_should_be(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no folder"):
        tntp.read(tmp_path / "absent")
    with pytest.raises(InputError, match="holds 0 files"):
        tntp.read(tmp_path)
    folder(tmp_path)
    (tmp_path / "x_net.tntp").write_bytes("Köln".encode("latin-1"))
    with pytest.raises(InputError, match="not UTF-8 at byte 1"):
        tntp.read(tmp_path)
    (tmp_path / "x_net.tntp").unlink()
    (tmp_path / "x_net.tntp").mkdir()
    with pytest.raises(InputError, match="is no file"):
        tntp.read(tmp_path)


def gmns_folder(tmp_path: Path, link: str, demand: str = "o_zone_id,d_zone_id,volume\nz1,z2,10\n") -> Path:
    (tmp_path / "node.csv").write_text("\ufeffnode_id,x_coord,y_coord,zone_id\na,0,0,z1\nb,1,1,\nc,2,2,z2\n")
    (tmp_path / "link.csv").write_text(link)
    (tmp_path / "config.csv").write_text("dataset_name,long_length,speed\ntoy,mile,mph\n")
    if demand:
        (tmp_path / "demand.csv").write_text(demand)
    return tmp_path


LINKS = """link_id,from_node_,to_node_id,directed,length,capacity,free_speed,lanes,toll
1,a,b,0,30,100,60,2,4
2,b,c,true,15,,30,,
"""


def test_gmns(tmp_path: Path) -> None:
    net = gmns.read(gmns_folder(tmp_path, LINKS), toll_factor=0.25)
    assert net.link_ids == ("1", "1", "2")
    assert [(net.node_ids[a], net.node_ids[b]) for a, b in zip(net.tail, net.head, strict=True)] == [
        ("a", "b"), ("b", "a"), ("b", "c"),
    ]  # fmt: skip
    assert net.free_time.tolist() == [0.5, 0.5, 0.5]
    assert net.capacity.tolist() == [200.0, 200.0, np.inf]
    assert net.fixed.tolist() == [1.0, 1.0, 0.0]
    found = assign_network(tmp_path)
    assert found.flow.columns == ["link_id", "from_node_id", "to_node_id", "flow", "cost"]
    assert found.flow["flow"].to_list() == [10.0, 0.0, 10.0]


def test_every_fault_of_a_gmns_folder_at_once(tmp_path: Path) -> None:
    links = LINKS.replace("1,a,b,0,30,100", "1,a,x,0,-30,many") + "3,a,c,1,5,1,,,,\n"
    with pytest.raises(InputError) as caught:
        gmns.read(gmns_folder(tmp_path, links, "o_zone_id,d_zone_id,volume\nz9,z2,-1\n"))
    found = {(f.table, f.row, f.column, f.severity.value) for f in caught.value.findings}
    assert ("link.csv", "line 2", "to_node_id", "error") in found
    assert ("link.csv", "line 2", "length", "error") in found
    assert ("link.csv", "line 2", "capacity", "error") in found
    assert ("link.csv", "line 4", "free_speed", "warning") in found
    assert ("link.csv", "line 4", "", "error") in found
    assert ("demand.csv", "line 2", "o_zone_id", "error") in found
    assert ("demand.csv", "line 2", "volume", "error") in found


def test_a_gmns_folder_without_trips_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no demand\.csv and 0 OMX files"):
        gmns.read(gmns_folder(tmp_path, LINKS, ""))


def test_the_public_gmns_sample(shared: Path, tmp_path: Path) -> None:
    for name in ("node.csv", "link.csv"):
        (tmp_path / name).write_bytes((shared / "samples" / "gmns" / name).read_bytes())
    assert gmns.is_gmns(tmp_path)
    (tmp_path / "demand.csv").write_text("o_zone_id,d_zone_id,volume\n1312,10,100\n1313,1312,50\n")
    found = assign_network(tmp_path)
    assert found.result.conservation < 1e-12
    lines = (tmp_path / "link.csv").read_text(encoding="utf-8-sig").splitlines()
    assert found.flow["link_id"].n_unique() == len(lines) - 1


def test_omx_matrices(shared: Path) -> None:
    pytest.importorskip("h5py")
    samples = shared / "samples" / "omx"
    demand = omx.read(samples / "demand.omx")
    assert (demand.name, demand.zones[:2], len(demand.zones)) == ("matrix", ("1", "2"), 24)
    # the trips of Sioux Falls
    trips = tntp.read(shared / "networks" / "SiouxFalls")
    assert demand.value.sum() == pytest.approx(trips.trips.sum())
    assert demand.origin.tolist() == trips.origin.tolist()
    with pytest.raises(InputError, match="car, motorcycle, trucks"):
        omx.read(samples / "demand_mc.omx")
    assert omx.read(samples / "demand_mc.omx", matrix="car").name == "car"


def test_omx_that_cannot_be_used(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    (tmp_path / "text.omx").write_text("no matrix")
    with pytest.raises(InputError, match="no HDF5 file"):
        omx.read(tmp_path / "text.omx")
    with h5py.File(tmp_path / "bad.omx", "w") as file:
        file["data/m"] = np.array([[0.0, np.nan], [1.0, 0.0]])
        file["data/wide"] = np.zeros((2, 3))
        file["lookup/zone"] = np.array([7, 9])
    with pytest.raises(InputError, match="not a finite number"):
        omx.read(tmp_path / "bad.omx", matrix="m")
    with pytest.raises(InputError, match="shape"):
        omx.read(tmp_path / "bad.omx", matrix="wide")


def test_gmns_takes_its_trips_from_an_omx_file(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    gmns_folder(tmp_path, LINKS, "")
    with h5py.File(tmp_path / "trips.omx", "w") as file:
        file["data/m"] = np.array([[0.0, 3.0], [0.0, 0.0]])
        file["lookup/zone"] = np.array([b"z1", b"z2"])
    net = gmns.read(tmp_path)
    assert (net.origin.tolist(), net.destination.tolist(), net.trips.tolist()) == ([0], [2], [3.0])
