"""The workbook of an appraisal, recomputed from its formulas alone."""

from __future__ import annotations

import io
import re
import zipfile
from xml.etree import ElementTree

import pytest
from test_appraising import FAST, change, project, toy

from keruen.chain.appraisal_book import appraisal_book
from keruen.chain.appraising import appraise
from keruen.errors import InputError
from keruen.plans.cashflow import rate_of_return
from keruen.tables import Dataset

NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
Cell = float | str | None


class Sheets:
    """A spreadsheet program of the few functions that the workbook uses; knows only formulas and typed-in cells."""

    def __init__(self, content: bytes) -> None:
        packed = zipfile.ZipFile(io.BytesIO(content))
        shared = [
            "".join(t.text or "" for t in item.iter(f"{{{NS['m']}}}t"))
            for item in ElementTree.fromstring(packed.read("xl/sharedStrings.xml"))
        ]
        names = [
            s.attrib["name"]
            for s in ElementTree.fromstring(packed.read("xl/workbook.xml")).iter(f"{{{NS['m']}}}sheet")
        ]
        self.formula: dict[tuple[str, str], str] = {}
        self.typed: dict[tuple[str, str], Cell] = {}
        self.cached: dict[tuple[str, str], Cell] = {}
        for at, name in enumerate(names, start=1):
            root = ElementTree.fromstring(packed.read(f"xl/worksheets/sheet{at}.xml"))
            for cell in root.iter(f"{{{NS['m']}}}c"):
                formula, value = cell.find("m:f", NS), cell.find("m:v", NS)
                text = None if value is None else value.text
                kind = cell.attrib.get("t")
                held: Cell = (
                    None
                    if text is None
                    else shared[int(text)]
                    if kind == "s"
                    else text
                    if kind == "str"
                    else float(text)
                )
                key = (name, cell.attrib["r"])
                if formula is not None:
                    self.formula[key] = formula.text or ""
                    self.cached[key] = held
                else:
                    self.typed[key] = held

    def __call__(self, sheet: str, cell: str) -> Cell:
        key = (sheet, cell.replace("$", ""))
        return self.evaluate(self.formula[key], sheet) if key in self.formula else self.typed.get(key)

    def block(self, words: str, sheet: str) -> list[Cell]:
        if "!" in words:
            sheet, words = words.split("!")
        first, last = words.replace("$", "").split(":")
        (a, i), (b, j) = (re.fullmatch(r"([A-Z]+)(\d+)", x).groups() for x in (first, last))  # type: ignore[union-attr]
        columns = [_letters(n) for n in range(_number(a), _number(b) + 1)]
        return [self(sheet, f"{c}{n}") for n in range(int(i), int(j) + 1) for c in columns]

    def evaluate(self, formula: str, sheet: str) -> Cell:
        def of_cell(match: re.Match[str]) -> str:
            where, cell = (match[1] or f"{sheet}!")[:-1], match[2]
            return repr(self(where, cell))

        def conditional(match: re.Match[str]) -> str:
            parts = match[1].split(",")
            values, keep = self.block(parts[0], sheet), None
            for where, wanted in zip(parts[1::2], parts[2::2], strict=True):
                negated = wanted.startswith('"<>')
                word = wanted.strip('"').removeprefix("<>") if wanted.startswith('"') else self(sheet, wanted)
                hits = [(cell == word) != negated for cell in self.block(where, sheet)]
                keep = hits if keep is None else [a and b for a, b in zip(keep, hits, strict=True)]
            return repr(sum(float(v or 0.0) for v, k in zip(values, keep or [], strict=True) if k))  # type: ignore[arg-type]

        told = re.sub(r"SUMIFS\(([^()]*)\)", conditional, formula)
        found = re.fullmatch(r"IFERROR\(IRR\((.*?)\),\"none\"\)", told)
        if found:
            rate = rate_of_return([float(v or 0.0) for v in self.block(found[1], sheet)])  # type: ignore[arg-type]
            return "none" if rate is None else rate
        told = re.sub(
            r"SUM\(([A-Z0-9:$]+)\)",
            lambda m: repr(sum(float(v or 0.0) for v in self.block(m[1], sheet))),
            told,  # type: ignore[arg-type]
        )
        told = re.sub(r"(\w+!)?(\$?[A-Z]{1,2}\$?\d+)(?![\w.])", of_cell, told)
        chosen = re.fullmatch(r"IF\((.*?)>0,(.*),\"none\"\)", told)
        if chosen:
            return float(eval(chosen[2])) if eval(chosen[1]) > 0 else "none"
        return float(eval(told.replace("^", "**")))


def _number(letters: str) -> int:
    n = 0
    for letter in letters:
        n = 26 * n + ord(letter) - 64
    return n


def _letters(n: int) -> str:
    return chr(64 + n) if n <= 26 else chr(64 + (n - 1) // 26) + chr(65 + (n - 1) % 26)


def appraised(**parameters: float) -> Dataset:
    line = change("cut", {"link_id": "line"}, "length", 80.0)
    projects = [project("cut", cost=0.2e6), project("fast", operating_cost=0.1e6, life=6.0)]
    return appraise(toy(projects, [FAST, line], **parameters)).dataset


def test_every_formula_gives_what_keruen_found() -> None:
    found = appraised()
    sheets = Sheets(appraisal_book(found))
    assert len(sheets.formula) > 50
    for key, formula in sheets.formula.items():
        assert sheets(*key) == pytest.approx(sheets.cached[key], rel=1e-9, abs=1e-6), (key, formula)
    rows = found["appraisal"].sort("project_id").to_dicts()
    for line, row in enumerate(rows, start=2):
        for column, name in (("D", "npv"), ("E", "npv_high_carbon"), ("F", "capital"), ("H", "eirr"), ("I", "bcr"),
                             ("J", "switching_value"), ("K", "financial_npv"), ("L", "transfer")):  # fmt: skip
            assert sheets("Summary", f"{column}{line}") == pytest.approx(row[name], rel=1e-9, abs=1e-6), name


def test_formulas_are_live_a_new_rate_gives_what_a_new_appraisal_gives() -> None:
    sheets = Sheets(appraisal_book(appraised()))
    sheets.typed["Parameters", "B2"], sheets.typed["Parameters", "B3"] = 0.12, 20.0
    again = appraised(discount_rate=0.12, carbon_price_low=20.0)["appraisal"].sort("project_id").to_dicts()
    for line, row in enumerate(again, start=2):
        for column, name in (("D", "npv"), ("E", "npv_high_carbon"), ("I", "bcr"), ("K", "financial_npv")):
            assert sheets("Summary", f"{column}{line}") == pytest.approx(row[name], rel=1e-9, abs=1e-6), name


def test_countries_types_and_beneficiaries_add_up_to_the_net_present_value() -> None:
    sheets = Sheets(appraisal_book(appraised()))
    for sheet in ("Types", "Countries", "Beneficiaries"):
        last = max(
            (c for s, c in sheets.formula if s == sheet and c.endswith("2")), key=lambda c: _number(c[:-1])
        )
        for line in (2, 3):
            assert sheets(sheet, f"{last[:-1]}{line}") == pytest.approx(
                sheets("Summary", f"D{line}"), rel=1e-9
            )


def test_the_same_appraisal_gives_the_same_bytes_and_nothing_gives_an_error() -> None:
    found = appraised()
    assert appraisal_book(found) == appraisal_book(found)
    with pytest.raises(InputError, match="appraise a project first"):
        appraisal_book(Dataset({}))
