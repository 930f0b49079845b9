"""Keruen turns announcements into plans."""

__version__ = "0.1.0"
