"""Scenarios: the one way in which anything in the model changes.

Receives ``change`` rows, with the projects that are open in a year, and hands on the dataset as it then is
(:func:`apply`), or the same changes as patches of network arrays (:mod:`keruen.scenarios.patch`). Construction
closures, new infrastructure, legal scenarios and what-ifs are all changes.
"""

from keruen.scenarios.changes import active_changes, apply, project_changes, scenario_changes
from keruen.scenarios.patch import Patch, compile

__all__ = ["Patch", "active_changes", "apply", "compile", "project_changes", "scenario_changes"]
