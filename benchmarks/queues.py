"""Queues beside SimPy, Ciw and salabim in one run: customers a second of CPU time, and the wait that each finds.

Usage: ``python benchmarks/queues.py --peers /path/to/venv/bin/python [--customers 1000000]``. The peers live in an
environment of their own (``pip install simpy ciw salabim``); each runs in its own process, one after the other. Exit code
1 where the engines miss their aims: 250 times SimPy for the recursion, 50 times for the event loop.

Two cases: M/M/4 at 90 % use, and the same lanes with two priorities and a gate that is open 16 hours of 24.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import time

SERVERS, UTILISATION, EXACT = 4, 0.9, 1.96938
SERVICE, OPEN, DAY, URGENT = 0.5, 16.0, 24.0, 0.3
RATE = UTILISATION * SERVERS / SERVICE * OPEN / DAY


def simpy_plain(customers: int, seed: int) -> float:
    import simpy

    rng, env, total = random.Random(seed), simpy.Environment(), 0.0
    gate = simpy.Resource(env, SERVERS)

    def customer():
        nonlocal total
        came = env.now
        with gate.request() as turn:
            yield turn
            total += env.now - came
            yield env.timeout(rng.expovariate(1.0))

    def source():
        for _ in range(customers):
            yield env.timeout(rng.expovariate(SERVERS * UTILISATION))
            env.process(customer())

    env.process(source())
    env.run()
    return total / customers


def simpy_hours(customers: int, seed: int) -> float:
    import simpy

    rng, env, total, left = random.Random(seed), simpy.Environment(), 0.0, customers
    gate = simpy.PriorityResource(env, SERVERS)

    def customer(priority):
        nonlocal total, left
        came = env.now
        with gate.request(priority=priority) as turn:
            yield turn
            total += env.now - came
            yield env.timeout(rng.expovariate(1.0 / SERVICE))
        left -= 1

    def source():
        for _ in range(customers):
            yield env.timeout(rng.expovariate(RATE))
            env.process(customer(0 if rng.random() < URGENT else 1))

    def closed(until):
        with gate.request(priority=-1) as turn:
            yield turn
            yield env.timeout(max(until - env.now, 0.0))

    def night():
        while left > 0:
            yield env.timeout(OPEN)
            for _ in range(SERVERS):
                env.process(closed(env.now + DAY - OPEN))
            yield env.timeout(DAY - OPEN)

    env.process(source())
    env.process(night())
    env.run()
    return total / customers


def ciw_plain(customers: int, seed: int) -> float:
    import ciw

    ciw.seed(seed)
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(rate=SERVERS * UTILISATION)],
        service_distributions=[ciw.dists.Exponential(rate=1.0)],
        number_of_servers=[SERVERS],
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(customers, method="Finish")
    records = simulation.get_all_records()
    return sum(record.waiting_time for record in records) / len(records)


def salabim_plain(customers: int, seed: int) -> float:
    import salabim

    salabim.yieldless(False)
    env = salabim.Environment(random_seed=seed)
    gate = salabim.Resource("gate", capacity=SERVERS)
    rng, total = random.Random(seed), [0.0]

    class Customer(salabim.Component):
        def process(self):
            came = env.now()
            yield self.request(gate)
            total[0] += env.now() - came
            yield self.hold(rng.expovariate(1.0))
            self.release()

    class Source(salabim.Component):
        def process(self):
            for _ in range(customers):
                yield self.hold(rng.expovariate(SERVERS * UTILISATION))
                Customer()

    Source()
    env.run()
    return total[0] / customers


PEERS = {"simpy": simpy_plain, "simpy_hours": simpy_hours, "ciw": ciw_plain, "salabim": salabim_plain}


def peer(python: str, name: str, customers: int) -> tuple[float, float]:
    """Return CPU seconds and mean wait of a peer that runs in its own process."""
    done = subprocess.run(
        [python, __file__, "--peer", name, "--customers", str(customers)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{name} failed:\n{done.stderr}")
    answer = json.loads(done.stdout.splitlines()[-1])
    return answer["seconds"], answer["wait"]


def ours(customers: int, repeats: int) -> dict[str, tuple[float, float]]:
    """Return median CPU seconds and mean wait of our engines, compiled beforehand."""
    import numpy as np

    from keruen.kernels import queues, queues_events

    none = np.empty(0)

    def key(seed: int, stream: int) -> np.uint64:
        return np.uint64(queues.subkey(np.uint64(seed), stream))

    def exponentials(mean: float, seed: int, stream: int) -> np.ndarray:
        out = np.empty(customers)
        queues.draws(queues.EXPONENTIAL, mean, 0.0, none, key(seed, stream), out)
        return out

    def recursion(seed: int) -> float:
        arrival = np.cumsum(exponentials(1.0 / (SERVERS * UTILISATION), seed, 0))
        start = np.empty(customers)
        queues.fifo(arrival, exponentials(1.0, seed, 1), SERVERS, start)
        return float((start - arrival).mean())

    def events(seed: int) -> float:
        arrival = np.cumsum(exponentials(1.0 / RATE, seed, 0))
        kind = np.where(exponentials(1.0, seed, 1) < -np.log1p(-URGENT), 0, 1)
        opens = np.arange(0.0, arrival[-1] + 20 * DAY, DAY)
        breaks = np.column_stack([opens, opens + OPEN]).ravel()
        lanes = np.tile([SERVERS, 0], opens.size).astype(np.int64)
        one, zero = np.ones((1, 2)), np.zeros((1, 2))
        out = [np.empty((customers, 1)) for _ in range(4)]
        left, _, _ = queues_events.run(
            arrival, kind, np.full(customers, -np.inf), -1, np.zeros((2, 1), np.int64), np.array([[0, 1]]),
            np.full((1, 2), queues.EXPONENTIAL), SERVICE * one, zero, none, np.zeros((1, 3), np.int64),
            np.array([0, breaks.size]), breaks, lanes, np.array([False]), np.array([False]),
            np.zeros(1, np.int64),
            np.array([customers + 1]), key(seed, 2), *out,
        )  # fmt: skip
        assert left == customers
        return float((out[1] - out[0]).mean())

    found = {}
    for name, engine in (("recursion", recursion), ("events", events)):
        engine(0)
        seconds, waits = [], []
        for seed in range(1, repeats + 1):
            begin = time.process_time()
            waits.append(engine(seed))
            seconds.append(time.process_time() - begin)
        found[name] = statistics.median(seconds), statistics.mean(waits)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", help="python of the environment that holds the peers")
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--peer", choices=PEERS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        begin = time.process_time()
        wait = PEERS[options.peer](options.customers, 1)
        print(json.dumps({"seconds": time.process_time() - begin, "wait": wait}))
        return
    if not options.peers:
        parser.error("--peers is needed")
    n = options.customers
    mine = ours(n, options.repeats)
    theirs = {name: peer(options.peers, name, n) for name in PEERS}
    print(f"{n:,} customers, CPU time, one thread; exact mean wait of M/M/4 at 90 %: {EXACT}")
    print(f"{'case':12} {'tool':12} {'customers/s':>14} {'mean wait':>10} {'we are faster by':>17}")
    rows = [("M/M/4", "recursion", mine["recursion"], None)]
    rows += [("M/M/4", name, theirs[name], "recursion") for name in ("simpy", "ciw", "salabim")]
    rows += [
        ("prio, hours", "events", mine["events"], None),
        ("prio, hours", "simpy", theirs["simpy_hours"], "events"),
    ]
    for case, tool, (seconds, wait), rival in rows:
        ratio = f"{seconds / mine[rival][0]:,.0f} times" if rival else ""
        print(f"{case:12} {tool:12} {n / seconds:14,.0f} {wait:10.4f} {ratio:>17}")
    aims = {
        "recursion": (theirs["simpy"][0] / mine["recursion"][0], 250),
        "event loop": (theirs["simpy_hours"][0] / mine["events"][0], 50),
    }
    for name, (ratio, aim) in aims.items():
        print(f"{name}: {ratio:,.0f} times SimPy (aim {aim}): {'met' if ratio >= aim else 'MISSED'}")
    sys.exit(any(ratio < aim for ratio, aim in aims.values()))


if __name__ == "__main__":
    main()
