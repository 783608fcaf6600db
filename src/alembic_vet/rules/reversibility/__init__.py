"""Downgrades that do not give back what the upgrade found."""
