"""The score's own arithmetic, on labels made for it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from keruen.errors import InputError
from keruen.statements import Catalogue, read, score

TEXT = (
    "Trade with Russia reached $5 billion in 2024. The port moved 7 million tons in 2024. Nine seals danced."
)


def label(quote: str, numeral: str, **fields: object) -> dict[str, object]:
    start, num = TEXT.index(quote), TEXT.index(numeral)
    return {
        "id": quote, "doc": "d.txt", "start": start, "end": start + len(quote), "text": quote, "num_start": num, "num_end": num + len(numeral),
        "value": 5e9, "value_low": 5e9, "value_high": 5e9, "unit": "USD", "approx": "exact", "period_start": "2024-06-01",
        "period_end": "2024-06-30", "kind": "reported", "speaker": None, "indicator": "bilateral trade turnover", **fields,
    }  # fmt: skip


def written(folder: Path, *labels: dict[str, object]) -> Path:
    path = folder / "labels.jsonl"
    path.write_text("".join(json.dumps(x) + "\n" for x in labels), encoding="utf-8")
    (folder / "d.txt").write_text(TEXT, encoding="utf-8")
    return path


def statements() -> object:
    return read(TEXT, published=date(2025, 1, 1), catalogue=Catalogue.default(), source_id="d")


def test_found_false_and_missed(tmp_path: Path) -> None:
    path = written(
        tmp_path, label("$5 billion", "5 billion"), label("Nine seals", "Nine", value=9, unit="seal")
    )
    result = score(statements(), path)
    assert (result.labels, result.found, result.false) == (2, 1, 1)
    assert result.fields["span"].precision == 0.5
    assert result.fields["span"].recall == 0.5
    assert result.fields["full"].f1 == 0.5
    assert "found 1, false 1" in str(result)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"value": 5.004e9}, set()),
        ({"value": 5.1e9}, {"value", "value+unit"}),
        ({"unit": "EUR"}, {"value+unit"}),
        ({"approx": "gt"}, {"modifier"}),
        ({"kind": "target"}, {"kind"}),
        ({"period_end": "2025-01-01"}, {"period"}),
        ({"speaker": "Tokayev"}, {"speaker"}),
        ({"indicator": "exports of goods"}, {"indicator"}),
    ],
)
def test_each_field_is_judged_alone(tmp_path: Path, fields: dict[str, object], wrong: set[str]) -> None:
    result = score(statements(), written(tmp_path, label("$5 billion", "5 billion", **fields)))
    assert {f for f, s in result.fields.items() if s.recall == 0} == wrong | ({"full"} if wrong else set())


def test_a_comparison_without_a_numeral_excuses_but_is_not_owed(tmp_path: Path) -> None:
    idle = label("7 million tons", "7 million", num_start=None, num_end=None, tier="C")
    result = score(statements(), written(tmp_path, label("$5 billion", "5 billion"), idle))
    assert (result.labels, result.found, result.false) == (1, 1, 0)


@pytest.mark.parametrize("content", ["not json\n", "{}\n", '{"doc": 1\n'])
def test_bad_labels_are_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text(content)
    with pytest.raises(InputError):
        score(statements(), path)


def test_labels_that_do_not_fit_the_document_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, label("$5 billion", "5 billion", text="$6 billion"))
    with pytest.raises(InputError):
        score(statements(), path)
    with pytest.raises(InputError):
        score(statements(), tmp_path / "absent.jsonl")
