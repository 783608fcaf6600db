"""Enum types that get the labels back that they had before a revision."""

from alembic_vet.model.enum_swap.dependents import Dependents
from alembic_vet.model.enum_swap.plan import EnumColumn, EnumDowngrade, EnumSwap, enum_downgrade
from alembic_vet.model.enum_swap.users import InDoubt

__all__ = ["Dependents", "EnumColumn", "EnumDowngrade", "EnumSwap", "InDoubt", "enum_downgrade"]
