"""Intentions turned into text edits, and edits turned into files."""
