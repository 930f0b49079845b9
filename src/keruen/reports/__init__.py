"""What a person looks at: a finished run as one self-contained page.

Receives a dataset with result tables and the run's manifest; hands on a single HTML file that opens from disk, asks the
network for nothing, works without scripts, in light, dark and print, and is the same bytes for the same run.
"""

from keruen.reports.page import report

__all__ = ["report"]
