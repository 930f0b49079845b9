"""Skills: who is needed where and when, who is taught, who is missing, and which places close the gap.

Receives requirements of projects, skills and courses; hands on the tables ``training_plan`` and ``skill_gap``.
"""

from keruen.skills.door import Skills, findings, plan_training, skills
from keruen.skills.picture import picture
from keruen.skills.programmes import programmes, sheets
from keruen.skills.screen import lines, table_lines

__all__ = [
    "Skills",
    "findings",
    "lines",
    "picture",
    "plan_training",
    "programmes",
    "sheets",
    "skills",
    "table_lines",
]
