"""Every Russian and Kazakh form that Babel's CLDR data has for months, scales, currencies and units is recognised."""

from __future__ import annotations

import re

import pytest
from babel import Locale

from keruen.statements import cyrillic as cy


@pytest.mark.parametrize("language", ["ru", "kk"])
@pytest.mark.parametrize("context", ["format", "stand-alone"])
def test_months(language: str, context: str) -> None:
    for number, name in Locale(language).months[context]["wide"].items():
        assert re.fullmatch(cy.MONTH, name.lower()), name
        assert cy.month_number(name.lower()) == number


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_scales(language: str) -> None:
    formats = Locale(language).compact_decimal_formats["long"]
    seen = 0
    for forms in formats.values():
        for magnitude, pattern in forms.items():
            word = re.sub(r"[0'\u00a0 ]+", "", str(pattern.pattern))
            if not word:
                continue
            found = cy.scale_at(f" {word.lower()} ", 0)
            assert found is not None, word
            exponent = len(magnitude) - 1
            assert found[0] == 10 ** (exponent - exponent % 3)
            seen += 1
    assert seen >= 8


@pytest.mark.parametrize(
    ("language", "codes"), [("ru", "USD EUR CNY KZT RUB BYN GBP JPY TRY CHF"), ("kk", "USD EUR CNY KZT RUB")]
)
def test_currencies(language: str, codes: str) -> None:
    locale = Locale(language)
    for code in codes.split():
        for count in ("one", "few", "many", "other"):
            name = (locale._data["currency_names_plural"].get(code) or {}).get(count)
            if name is None:
                continue
            found = cy.unit_at(f" {name.lower()} ", 0)
            assert found is not None, name
            assert found[0] == code, name


@pytest.mark.parametrize("language", ["ru", "kk"])
@pytest.mark.parametrize(
    ("pattern", "unit"),
    [
        ("mass-tonne", "t"),
        ("length-kilometer", "km"),
        ("duration-hour", "h"),
        ("duration-day", "day"),
        ("speed-kilometer-per-hour", "km/h"),
        ("area-hectare", "ha"),
        ("power-megawatt", "MW"),
    ],
)
def test_units(language: str, pattern: str, unit: str) -> None:
    forms = Locale(language)._data["unit_patterns"][pattern]
    seen = 0
    for width in ("long", "short"):
        for count, written in forms.get(width, {}).items():
            if count not in ("one", "few", "many", "other") or "{0}" not in str(written):
                continue
            word = str(written).split("{0}")[1].replace("\u00a0", " ").strip().lower()
            found = cy.unit_at(f" {word} ", 0)
            assert found is not None, word
            assert found[0] == unit, word
            seen += 1
    assert seen
