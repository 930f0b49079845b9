"""Fixtures that every room's tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of public test data beside the checkout; tests that need it skip without it."""
    if not SHARED.is_dir():
        pytest.skip(f"public test data not found at {SHARED}")
    return SHARED
