"""From syntax to Alembic's vocabulary: the only way from `source` to `model`."""
