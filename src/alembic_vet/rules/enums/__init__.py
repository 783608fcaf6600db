"""Enum types of PostgreSQL and their labels."""
