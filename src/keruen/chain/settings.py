"""What a run may be told; all of it is recorded in the manifest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

Progress = Callable[[str], None]
"""Called with the name of each step as it begins."""


def silent(_step: str) -> None:
    """Report nothing."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a run.

    Parameters
    ----------
    year
        Base year; None takes the latest year of the demand table.
    scenario
        Scenario in force throughout; None changes nothing.
    model
        Route and mode choice: logit, or deterministic user equilibrium.
    gap
        Relative gap at which the assignment is done.
    budget
        Capital that may be spent each year [USD]; None takes the dataset's.
    by
        Last year of the plan; None takes the dataset's horizon.
    plan_gap
        Proven relative gap at which the plan is done.
    seed
        The one seed of everything that draws.
    """

    year: int | None = None
    scenario: str | None = None
    model: Literal["logit", "ue"] = "logit"
    gap: float = 1e-6
    budget: float | None = None
    by: int | None = None
    plan_gap: float = 0.01
    seed: int = 20260101

    def recorded(self) -> dict[str, Any]:
        """Return the settings as the manifest records them."""
        return asdict(self)
