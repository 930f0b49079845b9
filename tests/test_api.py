"""The public surface: every name is there, documented with what it needs, and costs nothing until used."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

import keruen as kr

VERBS = [name for name in kr.__all__ if inspect.isfunction(getattr(kr, name))]
CLASSES = [name for name in kr.__all__ if inspect.isclass(getattr(kr, name))]


def test_every_exported_name_is_there_and_listed() -> None:
    assert set(kr.__all__) == set(dir(kr))
    assert set(kr._HOMES) | {"__version__"} == set(kr.__all__)
    assert len(VERBS) > 10


def test_unknown_names_are_refused() -> None:
    with pytest.raises(AttributeError, match="atlantis"):
        _ = kr.atlantis


@pytest.mark.parametrize("name", VERBS)
def test_verbs_say_what_they_take_give_and_refuse(name: str) -> None:
    verb: Callable[..., Any] = getattr(kr, name)
    told = inspect.getdoc(verb) or ""
    signature = inspect.signature(verb)
    assert told, f"{name} has no docstring"
    for parameter in signature.parameters.values():
        assert parameter.annotation is not inspect.Parameter.empty, f"{name}({parameter.name}) has no type"
        assert parameter.name in told, f"{name} does not describe {parameter.name}"
    assert signature.return_annotation is not inspect.Signature.empty


@pytest.mark.parametrize("name", CLASSES)
def test_classes_are_documented(name: str) -> None:
    assert inspect.getdoc(getattr(kr, name))


def test_importing_keruen_loads_nothing_heavy() -> None:
    code = "import sys, keruen, keruen.cli; print([m for m in ('numba', 'polars', 'scipy', 'numpy', 'highspy') if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "[]"
