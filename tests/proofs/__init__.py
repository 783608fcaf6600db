"""Proofs: what the rules claim, run on real Alembic with a real database."""
