"""An appraisal as a workbook whose formulas an auditor can follow: parameters, benefits by year, and what follows from them.

Receives a dataset that was appraised and hands on the bytes of a workbook. Nothing is computed twice in hiding: a net present
value is a sum over the sheet of benefits, and changing a parameter changes it. The values that Keruen found stand beside
as a check.
"""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Sequence
from typing import Any

import polars as pl
import xlsxwriter

from keruen.chain.worth import PROJECT, TRANSFERS
from keruen.errors import Finding, InputError
from keruen.tables import Dataset
from keruen.tables.appraisal import BENEFIT_TYPES

_NAMED = ("discount_rate", "carbon_price_low", "carbon_price_high")
"""Parameters that the formulas use, first on their sheet."""
_READ_ME = (
    "Each row of Benefits is what one project brings in one year to one beneficiary in one country, in USD, undiscounted; a "
    "cost is below zero.",
    "Column G is the discount factor, column H the value times the factor. Rows of carbon are tonnes times a price of the sheet "
    "Parameters.",
    "Summary, Types, Countries and Beneficiaries are sums over column H; Streams are sums over column F by year.",
    "All types but co2_high add up to the net present value; co2_high is what the high carbon price adds.",
    "A charge is a transfer: what shippers pay less, carriers take less. It stands on both sides and is no gain of both together.",
    "Yellow cells may be changed: the discount rate and both carbon prices. Other parameters change the flows themselves, so "
    "the appraisal has to be made again.",
    "Found by Keruen: the same number as the program printed it; the difference is zero until a yellow cell is changed.",
)


def appraisal_book(dataset: Dataset) -> bytes:
    """Return an appraisal as a workbook (.xlsx) with live formulas.

    Parameters
    ----------
    dataset
        With ``benefit``, ``appraisal``, ``appraisal_parameter``; ``lineage`` and ``assumption`` say what the parameters rest
        on.

    Raises
    ------
    InputError
        If nothing was appraised.
    """
    if not dataset.has("appraisal"):
        remedy = "appraise a project first"
        raise InputError(
            [Finding("appraisal", "", "", "", "has no rows, so there is nothing to write", remedy)]
        )
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        # The moment of writing would make every file differ.
        book.set_properties({"created": dt.datetime(2000, 1, 1), "comments": "Written by Keruen."})
        book.set_calc_mode("auto")
        _Book(book, dataset).write()
    return buffer.getvalue()


class _Book:
    def __init__(self, book: Any, dataset: Dataset) -> None:
        self.book, self.dataset = book, dataset
        self.head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self.money = book.add_format({"num_format": "#,##0;[Red]-#,##0"})
        self.share = book.add_format({"num_format": "0.0%"})
        self.ratio = book.add_format({"num_format": "0.00"})
        self.factor = book.add_format({"num_format": "0.000000"})
        self.input = book.add_format({"bg_color": "#FFF4B0", "num_format": "General"})
        self.wrap = book.add_format({"text_wrap": True, "valign": "top"})
        self.rows = list(dataset["appraisal"].sort("project_id").iter_rows(named=True))
        self.names = dict(dataset["project"].select("project_id", "name").iter_rows())
        self.value = dict(dataset["appraisal_parameter"].select("parameter_id", "value").iter_rows())
        self.years = range(
            min(row["first_year"] for row in self.rows), max(row["last_year"] for row in self.rows) + 1
        )
        self.first = self.years[0]
        self.benefit = dataset["benefit"].sort("project_id", "year", "type", "country", "beneficiary")
        self.last_line = self.benefit.height + 1

    def write(self) -> None:
        told = self.book.add_worksheet("Read me")
        told.set_column(0, 0, 110)
        told.write_string(0, 0, f"Appraisal of projects: {self.dataset.name}", self.head)
        for line, words in enumerate(_READ_ME, start=2):
            told.write_string(line, 0, words, self.wrap)
        self._parameters()
        self._summary()
        self._across("Types", "type", [t for t in BENEFIT_TYPES if t in set(self.benefit["type"])])
        for sheet, column in (("Countries", "country"), ("Beneficiaries", "beneficiary")):
            self._across(sheet, column, sorted(set(self.benefit[column])))
        self._streams()
        self._benefits()

    def _titles(self, sheet: Any, titles: Sequence[str], widths: Sequence[float]) -> None:
        sheet.freeze_panes(1, 1)
        for at, title in enumerate(titles):
            sheet.write_string(0, at, title, self.head)
        for at, width in enumerate(widths):
            sheet.set_column(at, at, width)

    def _parameters(self) -> None:
        sheet = self.book.add_worksheet("Parameters")
        self._titles(
            sheet,
            ("parameter", "value", "unit", "low", "high", "rests on", "in words"),
            (26, 14, 14, 10, 10, 34, 70),
        )
        units = dict(self.dataset["appraisal_parameter"].select("parameter_id", "unit").iter_rows())
        assumed = {row["assumption_id"]: row for row in self.dataset["assumption"].iter_rows(named=True)}
        rests: dict[str, list[str]] = {}
        for key, on in (
            self.dataset["lineage"]
            .filter(pl.col("table") == "appraisal_parameter")
            .select("row", "rests_on")
            .iter_rows()
        ):
            rests.setdefault(json.loads(key)["parameter_id"], []).append(on)
        others = sorted(name for name in self.value if name not in _NAMED)
        for line, name in enumerate([*_NAMED, *others], start=1):
            sheet.write_string(line, 0, name)
            if name in self.value:
                sheet.write_number(line, 1, self.value[name], self.input if name in _NAMED else None)
            sheet.write_string(line, 2, units.get(name) or "")
            sheet.write_string(line, 5, ", ".join(sorted(set(rests.get(name, ())))))
            words = [assumed[on] for on in rests.get(name, ()) if on in assumed]
            if words:
                sheet.write_number(line, 3, words[0]["low"])
                sheet.write_number(line, 4, words[0]["high"])
                sheet.write_string(line, 6, "; ".join(w["reason"] for w in words))
        line = len(self.value) + 2
        sheet.write_string(line, 0, "first year")
        sheet.write_number(line, 1, self.first)
        sheet.write_string(line, 6, "Money is discounted to it.")
        self.first_cell = f"Parameters!$B${line + 1}"
        self.rate = "Parameters!$B$2"
        self.low, self.high = "Parameters!$B$3", "Parameters!$B$4"

    def _sum(self, where: str, *conditions: tuple[str, str]) -> str:
        """Return a sum over the sheet of benefits; a condition is a column and what it must hold."""
        tests = ",".join(f"Benefits!${c}$2:${c}${self.last_line},{wanted}" for c, wanted in conditions)
        return f"SUMIFS(Benefits!${where}$2:${where}${self.last_line},{tests})"

    def _summary(self) -> None:
        sheet = self.book.add_worksheet("Summary")
        titles = (
            "project", "name", "opens", "net present value", "at the high carbon price", "capital, discounted",
            "residual value, discounted", "EIRR", "benefit/cost", "breaks even at this multiple of cost",
            "owner and carriers alone", "transfer: charges", "found by Keruen: NPV", "difference",
        )  # fmt: skip
        self._titles(sheet, titles, (24, 48, 8, *[17] * 11))
        for at, row in enumerate(self.rows, start=1):
            line = at + 1
            mine = ("A", f"$A{line}")
            own = "+".join(self._sum("H", mine, ("C", f'"{kind}"')) for kind in sorted(PROJECT))
            taken = "+".join(
                self._sum("H", mine, ("C", f'"{kind}"'), ("E", '"carriers"')) for kind in sorted(TRANSFERS)
            )
            stream = f"Streams!$B${line}:${_column(len(self.years))}${line}"
            net = f"(F{line}-G{line})"
            sheet.write_string(at, 0, row["project_id"])
            sheet.write_string(at, 1, self.names.get(row["project_id"], row["project_id"]))
            sheet.write_number(at, 2, row["open_year"])
            cells: list[tuple[str, Any, Any]] = [
                (self._sum("H", mine, ("C", '"<>co2_high"')), self.money, row["npv"]),
                (f"D{line}+{self._sum('H', mine, ('C', _quoted('co2_high')))}", self.money, row["npv_high_carbon"]),
                (f"-{self._sum('H', mine, ('C', _quoted('capital')))}", self.money, row["capital"]),
                (self._sum("H", mine, ("C", '"residual"')), self.money, self._residual(row)),
                (f'IFERROR(IRR({stream}),"none")', self.share, "none" if row["eirr"] is None else row["eirr"]),
                (f'IF(F{line}>0,(D{line}+F{line})/F{line},"none")', self.ratio, _or_none(row["bcr"])),
                (f'IF({net}>0,(D{line}+{net})/{net},"none")', self.ratio, _or_none(row["switching_value"])),
                (f"{own}+{taken}", self.money, row["financial_npv"]),
                (self._sum("H", mine, ("C", '"charge"'), ("E", '"carriers"')), self.money, row["transfer"]),
            ]  # fmt: skip
            for column, (formula, form, value) in enumerate(cells, start=3):
                sheet.write_formula(at, column, f"={formula}", form, value)
            sheet.write_number(at, 12, row["npv"], self.money)
            sheet.write_formula(at, 13, f"=D{line}-M{line}", self.money, 0.0)

    def _residual(self, row: dict[str, Any]) -> float:
        """Return the discounted residual value of a project."""
        mine = (pl.col("project_id") == row["project_id"]) & (pl.col("type") == "residual")
        return float(self._present().filter(mine)["present"].sum())

    def _present(self) -> pl.DataFrame:
        factor = (1.0 + self.value["discount_rate"]) ** (pl.col("year") - self.first)
        return self.benefit.with_columns((pl.col("value") / factor).alias("present"))

    def _across(self, name: str, column: str, heads: Sequence[str]) -> None:
        """Write present values of projects by type, country or beneficiary."""
        sheet = self.book.add_worksheet(name)
        letter = {"type": "C", "country": "D", "beneficiary": "E"}[column]
        self._titles(sheet, ("project", *heads, "together, without co2_high"), (24, *[17] * (len(heads) + 1)))
        present = self._present()
        counted = present if column == "type" else present.filter(pl.col("type") != "co2_high")
        held = {
            (p, key): value
            for p, key, value in counted.group_by("project_id", column)
            .agg(pl.col("present").sum())
            .iter_rows()
        }
        for at, row in enumerate(self.rows, start=1):
            line = at + 1
            sheet.write_string(at, 0, row["project_id"])
            for k, head in enumerate(heads, start=1):
                conditions = [("A", f"$A{line}"), (letter, f"{_column(k)}$1")]
                if column != "type":
                    conditions.append(("C", '"<>co2_high"'))
                sheet.write_formula(
                    at,
                    k,
                    f"={self._sum('H', *conditions)}",
                    self.money,
                    held.get((row["project_id"], head), 0.0),
                )
            whole = f"SUM(B{line}:{_column(len(heads))}{line})"
            if "co2_high" in heads:
                whole += f"-{_column(1 + list(heads).index('co2_high'))}{line}"
            sheet.write_formula(at, len(heads) + 1, f"={whole}", self.money, row["npv"])

    def _streams(self) -> None:
        sheet = self.book.add_worksheet("Streams")
        self._titles(sheet, ("project", *map(str, self.years)), (24, *[15] * len(self.years)))
        for k, year in enumerate(self.years, start=1):
            sheet.write_number(0, k, year, self.head)
        kept = self.benefit.filter(pl.col("type") != "co2_high")
        held = {
            (p, y): value
            for p, y, value in kept.group_by("project_id", "year").agg(pl.col("value").sum()).iter_rows()
        }
        for at, row in enumerate(self.rows, start=1):
            sheet.write_string(at, 0, row["project_id"])
            for k, year in enumerate(self.years, start=1):
                formula = self._sum(
                    "F", ("A", f"$A{at + 1}"), ("B", f"{_column(k)}$1"), ("C", '"<>co2_high"')
                )  # fmt: skip
                sheet.write_formula(
                    at, k, f"={formula}", self.money, held.get((row["project_id"], year), 0.0)
                )

    def _benefits(self) -> None:
        sheet = self.book.add_worksheet("Benefits")
        titles = (
            "project", "year", "type", "country", "beneficiary", "value [USD]", "discount factor", "present value [USD]",
            "CO2 not emitted [t]",
        )  # fmt: skip
        self._titles(sheet, titles, (24, 8, 14, 10, 14, 18, 14, 18, 18))
        low, high = self.value.get("carbon_price_low", 0.0), self.value.get("carbon_price_high", 0.0)
        price = {"co2": (low, self.low), "co2_high": (high - low, f"({self.high}-{self.low})")}
        for at, row in enumerate(self.benefit.iter_rows(named=True), start=1):
            line, value = at + 1, row["value"]
            for k, name in enumerate(("project_id", "year", "type", "country", "beneficiary")):
                if name == "year":
                    sheet.write_number(at, k, row[name])
                else:
                    sheet.write_string(at, k, row[name])
            per_tonne, cell = price.get(row["type"], (0.0, ""))
            if per_tonne:
                sheet.write_number(at, 8, value / per_tonne, self.money)
                sheet.write_formula(at, 5, f"=I{line}*{cell}", self.money, value)
            else:
                sheet.write_number(at, 5, value, self.money)
            factor = (1.0 + self.value["discount_rate"]) ** (self.first - row["year"])
            sheet.write_formula(at, 6, f"=1/(1+{self.rate})^(B{line}-{self.first_cell})", self.factor, factor)
            sheet.write_formula(at, 7, f"=F{line}*G{line}", self.money, value * factor)
        sheet.autofilter(0, 0, self.benefit.height, 8)


def _column(at: int) -> str:
    """Return the letters of a column counted from 0."""
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _quoted(word: str) -> str:
    return f'"{word}"'


def _or_none(value: float | None) -> float | str:
    return "none" if value is None else value
