"""Measurements beside what others do; nothing here decides whether a test passes."""
