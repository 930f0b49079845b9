"""Power: which plants meet the need for electricity at least cost, and what a target for renewables takes.

Receives plants, fuels, loads and targets; hands on the tables ``power_mix`` and ``power_year``.
"""

from keruen.power.chance import Chance, chance
from keruen.power.door import Power, findings, plan_power, power
from keruen.power.picture import picture
from keruen.power.screen import lines, table_lines

__all__ = ["Chance", "Power", "chance", "findings", "lines", "picture", "plan_power", "power", "table_lines"]
