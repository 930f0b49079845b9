"""Road equilibria beside AequilibraE and pytraf in one run: CPU seconds to a relative gap, every answer audited.

Usage: ``python benchmarks/assignment.py PEERS NETWORKS [--repeat 5] [--only SiouxFalls] [--no-peers] [--large] [--growth FILE.svg]``

PEERS is the Python of an environment of its own with the peers (``pip install aequilibrae pytraf``), NETWORKS a folder of
TNTP folders. Every engine runs in its own process on one thread, one after the other; times are the median of the
repeats, the solve alone, after one solve to compile or warm up. The gap and the conservation of every result are
recomputed here from its link flows alone, with SciPy's shortest paths, by a few lines that belong to none of the engines.

``--large`` adds a generated city of 13,000 nodes, with the peak of memory; ``--growth`` prints and draws how the cost
grows with pairs at one size of city, and with links at one number of pairs.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

FACTORS = {"Chicago-Sketch": (0.02, 0.04)}
GAPS = (1e-4, 1e-6, 1e-10, 1e-12)
PEER_GAPS = {"aequilibrae": (1e-4, 1e-6), "pytraf": (1e-4, 1e-6, 1e-10)}
THREADS = (
    "OMP_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "RAYON_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
)


def road_of(p):
    from keruen.formats.road import Road

    names = ("tail", "head", "capacity", "free_time", "b", "power", "fixed")
    return Road(
        tuple(str(i) for i in range(int(p["n_nodes"]))), *(p[name] for name in names), int(p["first_through"]),
        p["origin"], p["destination"], p["trips"],
    )  # fmt: skip


def keruen(p, gap):
    from keruen.flows import equilibrium

    road = road_of(p)
    begun = time.process_time()
    volume = equilibrium(road, gap=gap).volume
    return time.process_time() - begun, volume


def closures(p, gap, links, most):
    """Close one link after the other and solve again, cold and from the routes of before; return the ratios of CPU."""
    from dataclasses import replace

    from keruen.flows import equilibrium

    road = road_of(p)
    base = equilibrium(road, gap=gap)
    ratios = []
    for link in links(base.volume):
        b, capacity = road.b.copy(), road.capacity.copy()
        capacity[link], b[link] = 0.0, max(b[link], 1.0)
        closed = replace(road, capacity=capacity, b=b)
        if len(equilibrium(closed, gap=1e-1).findings) or road.free_time[link] == 0.0:
            continue
        begun = time.process_time()
        equilibrium(closed, gap=gap)
        middle = time.process_time()
        warm = equilibrium(closed, gap=gap, warm=base)
        ratios.append((middle - begun) / (time.process_time() - middle))
        if len(ratios) == most:
            break
    p["capacity"], p["b"] = capacity, b
    return statistics.median(ratios), warm.volume


def keruen_busiest(p, gap):
    """Close each of the links that carry most."""
    return closures(p, gap, lambda volume: np.argsort(-volume), 9)


def keruen_any(p, gap):
    """Close links drawn at random among those that carry anything."""
    used = np.random.default_rng(0).permutation
    return closures(p, gap, lambda volume: used(np.flatnonzero(volume > 0.0)), 9)


def pytraf(p, gap):
    import pytraf as pt

    links = {"from_node": p["tail"], "to_node": p["head"], "free_flow_time": p["free_time"], "capacity": p["capacity"],
             "b": p["b"], "power": p["power"]}  # fmt: skip
    n = int(p["n_nodes"])
    network = pt.Network.from_tables(
        links, num_nodes=n, is_centroid=np.arange(n) < int(p["first_through"]), allow_u_turns=True
    )
    ends = (p[name].astype(np.int64) for name in ("origin", "destination"))
    demand = pt.TrafficClass(pt.Demand(n, *ends, p["trips"]), extra_link_cost=p["fixed"])
    begun = time.process_time()
    found = network.assign(demand, gap=gap, max_iter=5000, threads=1)
    return time.process_time() - begun, np.asarray(found.links.flow)


def aequilibrae(p, gap):
    import logging

    import pandas as pd
    from aequilibrae.matrix import AequilibraeMatrix
    from aequilibrae.paths import Graph, TrafficAssignment, TrafficClass

    logging.disable(logging.CRITICAL)
    n_zones = int(max(p["origin"].max(), p["destination"].max())) + 1
    # a link that takes no time is not allowed there: its fixed cost carries the rest
    network = pd.DataFrame(
        {"link_id": np.arange(1, p["tail"].size + 1), "a_node": p["tail"] + 1, "b_node": p["head"] + 1, "direction": 1,
         "free_flow_time": np.maximum(p["free_time"], 1e-12), "capacity": p["capacity"], "b": p["b"],
         "power": p["power"], "fixed": p["fixed"]}
    )  # fmt: skip
    graph = Graph()
    graph.network = network
    graph.prepare_graph(np.arange(1, n_zones + 1), remove_dead_ends=False)
    graph.set_graph("free_flow_time")
    graph.set_skimming([])
    graph.set_blocked_centroid_flows(int(p["first_through"]) > 0)
    matrix = AequilibraeMatrix()
    matrix.create_empty(zones=n_zones, matrix_names=["m"], memory_only=True)
    matrix.index = np.arange(1, n_zones + 1)
    matrix.matrix["m"][:, :] = 0.0
    matrix.matrix["m"][p["origin"], p["destination"]] = p["trips"]
    matrix.computational_view(["m"])
    traffic = TrafficClass("car", graph, matrix)
    if p["fixed"].any():
        traffic.set_fixed_cost("fixed")
        traffic.set_vot(1.0)
    assignment = TrafficAssignment()
    assignment.set_classes([traffic])
    # the algorithm takes the number of cores over when it is set, so this comes first
    assignment.set_cores(1)
    assignment.set_vdf("BPR")
    assignment.set_vdf_parameters({"alpha": "b", "beta": "power"})
    assignment.set_capacity_field("capacity")
    assignment.set_time_field("free_flow_time")
    assignment.set_algorithm("bfw")
    assignment.max_iter = 20_000
    assignment.rgap_target = gap
    begun = time.process_time()
    assignment.execute(log_specification=False)
    spent = time.process_time() - begun
    return spent, assignment.results()["m_ab"].reindex(np.arange(1, p["tail"].size + 1)).fillna(
        0.0
    ).to_numpy()


ENGINES = {
    "keruen": keruen,
    "keruen_busiest": keruen_busiest,
    "keruen_any": keruen_any,
    "aequilibrae": aequilibrae,
    "pytraf": pytraf,
}


def worker(engine: str, path: str, gap: float, repeat: int) -> None:
    p = dict(np.load(path))
    keruen(p, 1e-1) if engine.startswith("keruen_") else ENGINES[engine](p, 1e-1)
    runs = [ENGINES[engine](p, gap) for _ in range(repeat)]
    np.save(path + ".volume.npy", runs[-1][1])
    if engine.startswith("keruen_"):
        # what was solved last has a link closed
        np.savez(path, **p)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"cpu": statistics.median(t for t, _ in runs), "memory": memory}))


def audit(p, volume) -> tuple[float, float]:
    """Return the relative gap and the conservation residual of link flows."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import dijkstra

    n, first = int(p["n_nodes"]), int(p["first_through"])
    closed = p["capacity"] == 0.0
    used = volume / np.where(closed, 1.0, p["capacity"])
    cost = p["free_time"] * (1 + p["b"] * used ** p["power"]) + p["fixed"] + np.where(closed, 1e12, 0.0)
    # centroids are split: routes enter at v and leave from n + v; the cheapest of duplicate links counts
    tail = np.where(p["tail"] < first, p["tail"] + n, p["tail"])
    order = np.lexsort((cost, p["head"], tail))
    keep = order[np.r_[True, (np.diff(tail[order]) != 0) | (np.diff(p["head"][order]) != 0)]]
    # SciPy takes an explicit zero for no link
    graph = csr_matrix((np.maximum(cost[keep], 1e-300), (tail[keep], p["head"][keep])), shape=(2 * n, 2 * n))
    origins, row = np.unique(p["origin"], return_inverse=True)
    roots = np.where(origins < first, origins + n, origins)
    least = 0.0
    for begin in range(0, roots.size, 200):
        mine = (row >= begin) & (row < begin + 200)
        dist = dijkstra(graph, indices=roots[begin : begin + 200])
        least += float((dist[row[mine] - begin, p["destination"][mine]] * p["trips"][mine]).sum())
    balance = np.bincount(p["head"], volume, n) - np.bincount(p["tail"], volume, n)
    balance += np.bincount(p["origin"], p["trips"], n) - np.bincount(p["destination"], p["trips"], n)
    total = float(volume @ cost)
    return (total - least) / total, float(np.abs(balance).max() / p["trips"].sum())


def measure(python: str, engine: str, path: Path, gap: float, repeat: int) -> dict:
    environment = os.environ | dict.fromkeys(THREADS, "1")
    command = [python, __file__, "--worker", engine, str(path), str(gap), str(repeat)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        return {"failed": done.stderr.strip().splitlines()[-1]}
    found = json.loads(done.stdout.strip().splitlines()[-1])
    found["gap"], found["conservation"] = audit(dict(np.load(path)), np.load(str(path) + ".volume.npy"))
    return found


def city(side: int, zones: int, pairs: int, seed: int = 1) -> dict:
    """A grid of one-way streets with two-way arterials, and trips that fall off with distance."""
    rng = np.random.default_rng(seed)
    tail, head, big = [], [], []
    for i in range(side):
        for j in range(side - 1):
            for a, b, line in ((i * side + j, i * side + j + 1, i), (j * side + i, (j + 1) * side + i, i)):
                arterial = line % 10 == 0 or line == side - 1
                ways = ((a, b), (b, a)) if arterial else (((a, b),) if line % 2 else ((b, a),))
                for u, v in ways:
                    tail.append(u)
                    head.append(v)
                    big.append(arterial)
    tail, head, big = np.array(tail, np.int32), np.array(head, np.int32), np.array(big)
    free = np.where(big, 0.6, 1.0) * rng.uniform(0.8, 1.2, tail.size)
    chosen = rng.choice(side * side, zones, replace=False)
    o, d = rng.choice(chosen, (2, 4 * pairs))
    apart = np.abs(o // side - d // side) + np.abs(o % side - d % side)
    take = np.flatnonzero((o != d) & (rng.random(o.size) < np.exp(-apart / (0.4 * side))))
    _, once = np.unique(o[take].astype(np.int64) * side * side + d[take], return_index=True)
    take = take[np.sort(once)][:pairs]
    order = take[np.lexsort((d[take], o[take]))]
    # as many trips as load the average street with about half of its capacity
    per_pair = 0.5 * 1000.0 * tail.size / (pairs * 0.5 * side)
    return {
        "n_nodes": side * side, "first_through": 0, "tail": tail, "head": head, "capacity": np.where(big, 2000.0, 1000.0),
        "free_time": free, "b": np.full(tail.size, 0.15), "power": np.full(tail.size, 4.0), "fixed": np.zeros(tail.size),
        "origin": o[order].astype(np.int32), "destination": d[order].astype(np.int32),
        "trips": per_pair * rng.lognormal(0.0, 0.5, order.size),
    }  # fmt: skip


def read(folder: Path) -> dict:
    from keruen.formats import tntp

    toll, distance = FACTORS.get(folder.name, (None, None))
    road = tntp.read(folder, toll_factor=toll, distance_factor=distance)
    names = (
        "tail",
        "head",
        "capacity",
        "free_time",
        "b",
        "power",
        "fixed",
        "first_through",
        "origin",
        "destination",
        "trips",
    )
    return {name: getattr(road, name) for name in names} | {"n_nodes": len(road.node_ids)}


def line(name: str, engine: str, gap: float, found: dict) -> str:
    if "failed" in found:
        return f"{name:16} {engine:12} {gap:7.0e}  failed: {found['failed']}"
    reached = f"gap {found['gap']:8.1e}  conservation {found['conservation']:8.1e}  {found['memory']:6.0f} MB"
    return f"{name:16} {engine:12} {gap:7.0e} {found['cpu']:9.4f} s  {reached}"


def main() -> None:
    if sys.argv[1:2] == ["--worker"]:
        worker(sys.argv[2], sys.argv[3], float(sys.argv[4]), int(sys.argv[5]))
        return
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("peers")
    parser.add_argument("networks", type=Path)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--only", action="append")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--growth", type=Path)
    options = parser.parse_args()
    cpu: dict[tuple[str, str, float], float] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for folder in sorted(options.networks.iterdir()):
            if not list(folder.glob("*_net.tntp")) or (options.only and folder.name not in options.only):
                continue
            path = Path(scratch) / f"{folder.name}.npz"
            np.savez(path, **read(folder))
            runs = [("keruen", gap) for gap in GAPS]
            if not options.no_peers:
                runs += [(engine, gap) for engine, gaps in PEER_GAPS.items() for gap in gaps]
            for engine, gap in runs:
                python = sys.executable if engine == "keruen" else options.peers
                found = measure(python, engine, path, gap, options.repeat)
                cpu[folder.name, engine, gap] = found.get("cpu", float("nan"))
                print(line(folder.name, engine, gap, found), flush=True)
            resolve(folder.name, path)
        for (name, engine, gap), spent in cpu.items():
            if engine != "keruen":
                print(f"{name:16} {engine} / keruen at {gap:.0e}: {spent / cpu[name, 'keruen', gap]:.1f}")
        if ("Chicago-Sketch", "aequilibrae", 1e-6) in cpu:
            share = cpu["Chicago-Sketch", "keruen", 1e-10] / cpu["Chicago-Sketch", "aequilibrae", 1e-6]
            print(f"Chicago-Sketch   keruen to 1e-10 over aequilibrae to 1e-6: {share:.4f} (goal 0.034)")
        sizes = [(114, 865, 50_000), (114, 1_700, 234_000)] if options.large else []
        for side, zones, pairs in sizes:
            run_city(side, zones, pairs, Path(scratch))
        if options.growth:
            by_pairs = [
                run_city(60, 360, pairs, Path(scratch)) for pairs in (2500, 5000, 10_000, 20_000, 40_000)
            ]
            by_links = [run_city(side, 300, 10_000, Path(scratch)) for side in (20, 30, 45, 70, 105)]
            draw(options.growth, by_pairs, by_links)


def resolve(name: str, path: Path) -> None:
    """Print how much sooner a solve from earlier routes is done when one link is closed; the last one is audited."""
    with np.load(path) as p:
        whole = dict(p)
    for engine, which in (("keruen_any", "any link"), ("keruen_busiest", "one of the busiest")):
        found = measure(sys.executable, engine, path, 1e-6, 1)
        np.savez(path, **whole)
        ratio = (
            f"{found['cpu']:.1f} times less than cold, gap {found['gap']:.1e}"
            if "gap" in found
            else found["failed"]
        )
        print(f"{name:16} {which} closed, warm: {ratio} (goal 10)", flush=True)


def run_city(side: int, zones: int, pairs: int, scratch: Path) -> tuple[int, int, float]:
    """Solve a generated city to 1e-6; return its links, its pairs and the CPU seconds."""
    p = city(side, zones, pairs)
    path = scratch / f"city{side}_{pairs}.npz"
    np.savez(path, **p)
    links, trips = p["tail"].size, p["trips"].size
    print(f"city{side:<12} {side * side:,} nodes, {links:,} links, {trips:,} pairs")
    found = measure(sys.executable, "keruen", path, 1e-6, 1)
    print(line(f"city{side}", "keruen", 1e-6, found), flush=True)
    if pairs == 50_000:
        resolve(f"city{side}", path)
    return links, trips, found.get("cpu", float("nan"))


def draw(path: Path, by_pairs: list[tuple[int, int, float]], by_links: list[tuple[int, int, float]]) -> None:
    """Draw CPU seconds against pairs and against links, both axes logarithmic."""
    panels = (
        (f"pairs, on {by_pairs[0][0]:,} links", [(pairs, cpu) for _, pairs, cpu in by_pairs]),
        (f"links, with {by_links[0][1]:,} pairs", [(links, cpu) for links, _, cpu in by_links]),
    )
    every = [cpu for _, points in panels for _, cpu in points]
    low, high = np.log10(min(every)) - 0.1, np.log10(max(every)) + 0.15
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 300" font-family="sans-serif" font-size="12">',
        '<rect width="720" height="300" fill="white"/>',
        '<text x="20" y="20" fill="#222">CPU seconds to a relative gap of 1e-6, generated cities</text>',
    ]
    for panel, (title, points) in enumerate(panels):
        left, right = 60 + 350 * panel, 340 + 350 * panel
        logs = np.log10([x for x, _ in points])
        across = left + 20 + (logs - logs[0]) / (logs[-1] - logs[0]) * (right - left - 40)
        down = [250 - (np.log10(cpu) - low) / (high - low) * 200 for _, cpu in points]
        power = np.polyfit(logs, np.log10([cpu for _, cpu in points]), 1)[0]
        parts.append(f'<path d="M{left} 45V250H{right}" fill="none" stroke="#666"/>')
        joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(across, down, strict=True))
        parts.append(f'<polyline points="{joined}" fill="none" stroke="#1b6ca8" stroke-width="2"/>')
        for x, y, (size, cpu) in zip(across, down, points, strict=True):
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#1b6ca8"/>')
            parts.append(
                f'<text x="{x:.1f}" y="{y - 9:.1f}" text-anchor="middle" fill="#222">{cpu:.2g}</text>'
            )
            parts.append(f'<text x="{x:.1f}" y="267" text-anchor="middle" fill="#444">{size:,}</text>')
        middle = (left + right) / 2
        label = f"{title}: about the power {power:.1f}"
        parts.append(f'<text x="{middle}" y="288" text-anchor="middle" fill="#222">{label}</text>')
    path.write_text("\n".join([*parts, "</svg>"]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
