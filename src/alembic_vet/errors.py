"""Errors that end a run with one clear line."""

from __future__ import annotations


class UserError(Exception):
    """Wrong use: a bad option, an unreadable setting. One line, exit code 2."""
