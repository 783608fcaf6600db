"""Text and syntax: knows Python, ini and TOML, nothing of Alembic."""
