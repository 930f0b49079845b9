"""The command line: each command is a thin shell over the API verb of the same name.

Nothing heavy is imported until a command runs, so that ``keruen --help`` answers at once.
"""

# Each module registers its commands, in the order in which help lists them.
# isort: off
from keruen.cli import whole, planning, announcements, borders, corridors, exchange, validation  # noqa: F401

# isort: on
from keruen.cli.shell import app, main

__all__ = ["app", "main"]
