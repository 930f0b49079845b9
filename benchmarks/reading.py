"""Reading beside its peers: characters per second and F1 on labelled texts, in one run.

Run with ``python benchmarks/reading.py [FOLDER]``; FOLDER holds labelled articles (``labels.jsonl``, ``sources.csv``) and
defaults to ``../shared/documents``; without it the repository's own labelled texts are used alone. Peers: quantulum3 and
recognizers-text-suite, each skipped with a word if it is not installed (``pip install quantulum3 recognizers-text-suite``).
CPU seconds of one process, the median of three runs.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl

from keruen import documents
from keruen.statements import Catalogue, read, score

ROOT = Path(__file__).resolve().parents[1]
OWN = ROOT / "tests" / "statements" / "texts"
RUNS = 3

Spans = list[tuple[int, int, float]]
"""Start, end and value of each quantity that a peer finds."""


def corpora(folder: Path) -> dict[str, tuple[dict[str, tuple[str, date]], Path]]:
    found: dict[str, tuple[dict[str, tuple[str, date]], Path]] = {}
    rows = [json.loads(line) for line in (OWN / "documents.jsonl").read_text(encoding="utf-8").splitlines()]
    found["own texts"] = (
        {r["doc"]: (r["text"], date.fromisoformat(r["published"])) for r in rows},
        OWN / "labels.jsonl",
    )
    if (folder / "labels.jsonl").is_file():
        labelled = {
            json.loads(line)["doc"]
            for line in (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines()
        }
        articles = {}
        for line in (folder / "sources.csv").read_text(encoding="utf-8").splitlines()[1:]:
            name, day = line.split(",")[:2]
            if name in labelled:
                published = date.fromisoformat(day if len(day) == 10 else f"{day}-15")
                articles[name] = (documents.read(folder / name).text, published)
        found["articles"] = (articles, folder / "labels.jsonl")
    return found


def seconds(work: Callable[[], object]) -> float:
    times = []
    for _ in range(RUNS):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return statistics.median(times)


def quantulum() -> Callable[[str], Spans] | None:
    try:
        from quantulum3 import parser
    except ImportError:
        return None

    def find(text: str) -> Spans:
        return [(q.span[0], q.span[1], float(q.value)) for q in parser.parse(text)]

    return find


def recognizers() -> Callable[[str], Spans] | None:
    try:
        from recognizers_number import Culture
        from recognizers_number_with_unit import NumberWithUnitRecognizer
    except ImportError:
        return None
    models = NumberWithUnitRecognizer(Culture.English)
    kinds = (models.get_currency_model(), models.get_dimension_model())

    def find(text: str) -> Spans:
        spans: Spans = []
        for model in kinds:
            for hit in model.parse(text):
                number = (hit.resolution or {}).get("value")
                if number is not None:
                    spans.append((hit.start, hit.end + 1, float(number)))
        return spans

    return find


def peer_f1(found: dict[str, Spans], labels: Path) -> float:
    """F1 of the value alone, by the rules that statements are scored by."""
    rows = [json.loads(line) for line in labels.read_text(encoding="utf-8").splitlines()]
    owed = [r for r in rows if r["num_start"] is not None and r.get("tier") != "C"]
    hits = answered = false = 0
    for label in owed:
        near = [s for s in found[label["doc"]] if s[0] < label["num_end"] and label["num_start"] < s[1]]
        answered += bool(near)
        hits += any(
            label["value"] is not None and abs(v - label["value"]) <= 1e-3 * abs(label["value"])
            for _, _, v in near
        )
    for name, spans in found.items():
        mine = [r for r in rows if r["doc"] == name]
        false += sum(not any(a < r["end"] and r["start"] < b for r in mine) for a, b, _ in spans)
    precision, recall = hits / max(1, answered + false), hits / max(1, len(owed))
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "documents"
    catalogue = Catalogue.default()
    read("Trade was $1 billion.", published=None, catalogue=catalogue)
    peers = {"quantulum3": quantulum(), "recognizers-text": recognizers()}
    for name, (texts, labels) in corpora(folder).items():
        size = sum(len(text) for text, _ in texts.values())
        frames = [
            read(text, published=day, catalogue=catalogue, source_id=key)
            for key, (text, day) in texts.items()
        ]
        print(
            f"\n{name}: {len(texts)} documents, {size:,} characters\n{score(pl.concat(frames), labels, {k: t for k, (t, _) in texts.items()})}"
        )
        repeat = max(1, 200_000 // size)

        # short texts are read as one document, so that the rate is that of the grammar and not of making small tables
        together = "\n\n".join(text for text, _ in texts.values())

        def ours(together: str = together, repeat: int = repeat) -> None:
            for _ in range(repeat):
                read(together, published=date(2025, 1, 1), catalogue=catalogue)

        rate = size * repeat / seconds(ours)
        print(f"keruen            {rate:12,.0f} characters/s")
        for peer, find in peers.items():
            if find is None:
                print(f"{peer:17} not installed")
                continue
            find("It was 5 km.")
            found = {key: find(text) for key, (text, _) in texts.items()}

            def theirs(
                find: Callable[[str], Spans] = find, texts: dict[str, tuple[str, date]] = texts
            ) -> None:
                for text, _ in texts.values():
                    find(text)

            peer_rate = size / seconds(theirs)
            print(
                f"{peer:17} {peer_rate:12,.0f} characters/s, F1 value {peer_f1(found, labels):.3f}, keruen is {rate / peer_rate:,.0f} times as fast"
            )


if __name__ == "__main__":
    main()
