"""Other people's files: what they hold becomes arrays or tables, and what is wrong with them becomes findings."""
