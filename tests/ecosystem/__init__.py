"""Real packages from the package index, linted as they are; `python -m tests.ecosystem --table` shows what is found."""
