"""A coal plant, a wind farm, and the smallest systems made of them."""

from __future__ import annotations

from typing import Any

from toy_freight import frame

from keruen.tables import Dataset

COAL: dict[str, Any] = {
    "plant_id": "coal", "name": "Coal", "technology": "coal", "renewable": False, "fuel_id": "coal",
    "capacity": 1000.0, "retirement": 0.0, "availability": 0.5, "firm_share": 1.0, "efficiency": 0.5,
    "variable_cost": 0.0, "fixed_cost": 0.0,
}  # fmt: skip
WIND: dict[str, Any] = {
    "plant_id": "wind", "name": "Wind", "technology": "wind", "renewable": True, "capacity": 0.0, "retirement": 0.0,
    "availability": 0.25, "firm_share": 0.0, "variable_cost": 0.0, "fixed_cost": 0.0, "investment": 1_095_000.0,
    "construction": 0.0, "life": 10.0, "build_rate": 1000.0,
}  # fmt: skip


def toy(
    *plants: dict[str, Any], target: float | None = None, years: int = 1, rate: float = 0.0, **more: Any
) -> Dataset:
    tables = {
        "plant": frame("plant", list(plants)),
        "fuel": frame("fuel", [{"fuel_id": "coal", "name": "Coal", "cost": 10.0, "emission": 300.0}]),
        "load": frame(
            "load", [{"year": 2030 + t, "energy": 4.0, "peak": more.get("peak")} for t in range(years)]
        ),
        "appraisal_parameter": frame(
            "appraisal_parameter", [{"parameter_id": "discount_rate", "value": rate, "unit": "1/year"}]
        ),
    }
    if target is not None:
        row = {"target_id": "res", "label": "Renewables", "indicator_id": "renewables_share", "value": target,
               "deadline": 2030, "measure": "none"}  # fmt: skip
        tables["target"] = frame("target", [row])
    return Dataset(tables)
