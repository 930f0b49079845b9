"""One finished run of each model, shared by the tests of the chain."""

from __future__ import annotations

import pytest

from keruen.chain import Outcome, run


@pytest.fixture(scope="session")
def starter_run() -> Outcome:
    """The starter dataset, taken through the chain."""
    return run("starter")


@pytest.fixture(scope="session")
def kazakhstan_run() -> Outcome:
    """The built-in model, taken through the chain."""
    return run("kazakhstan")
