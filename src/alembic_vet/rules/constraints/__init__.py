"""Rules about constraints and indexes and their names."""
