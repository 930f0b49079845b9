"""``python -m keruen.cli`` is ``keruen``."""

from keruen.cli import main

main()
