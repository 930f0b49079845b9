"""The whole report of a run beside the first chart of altair with vl-convert: CPU seconds, each in a fresh process.

Usage: ``python benchmarks/reporting.py RUN [--repeat 5]``

RUN is a run folder. The peer draws one bar chart of three bars as SVG (``pip install altair vl-convert-python``), which is
the least that a report drawn with it would need. Both count what a run pays: their imports beyond polars, and the drawing.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import subprocess
import sys

OURS = """
import sys, time
from pathlib import Path
from keruen.tables.store import read_run
run = read_run(Path(sys.argv[1]))
start = time.process_time()
from keruen.reports import report
page = report(run.dataset, run.manifest)
print(time.process_time() - start, len(page))
"""

PEER = """
import time
import polars as pl
bars = pl.DataFrame({"name": ["a", "b", "c"], "tonnes": [1.0, 2.0, 3.0]})
start = time.process_time()
import altair as alt, vl_convert
chart = alt.Chart(bars).mark_bar().encode(x="tonnes:Q", y="name:N")
svg = vl_convert.vegalite_to_svg(chart.to_json())
print(time.process_time() - start, len(svg))
"""


def measure(code: str, arguments: list[str], repeat: int) -> tuple[float, int]:
    """Return the median of CPU seconds, and the characters drawn."""
    results = []
    for _ in range(repeat):
        run = [sys.executable, "-c", code, *arguments]
        results.append(subprocess.run(run, check=True, capture_output=True, text=True).stdout.split())
    return statistics.median(float(r[0]) for r in results), int(results[0][1])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run")
    parser.add_argument("--repeat", type=int, default=5)
    arguments = parser.parse_args()
    ours, size = measure(OURS, [arguments.run], arguments.repeat)
    print(f"keruen, the whole report     {ours:6.2f} s  {size:9,} characters")
    if not all(importlib.util.find_spec(name) for name in ("altair", "vl_convert")):
        print("altair or vl-convert is not installed: no comparison")
        return
    peer, size = measure(PEER, [], arguments.repeat)
    print(f"altair, one chart            {peer:6.2f} s  {size:9,} characters")
    print(f"ratio                        {peer / ours:6.2f}")


if __name__ == "__main__":
    main()
