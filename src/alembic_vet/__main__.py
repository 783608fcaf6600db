"""`python -m alembic_vet`."""

from __future__ import annotations

from alembic_vet.cli import main

if __name__ == "__main__":
    main()
