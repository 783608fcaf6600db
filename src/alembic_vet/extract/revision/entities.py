"""Functions, views and triggers of alembic_utils."""

from __future__ import annotations

from alembic_vet.extract.revision.terms import short_name, string
from alembic_vet.findings import Location
from alembic_vet.model.operations import CreateObject, DropObject, ObjectKind, Operation, QualifiedName
from alembic_vet.source.unknown import OPAQUE
from alembic_vet.source.values import Call

_ENTITIES = {
    "PGFunction": ObjectKind.FUNCTION,
    "PGView": ObjectKind.VIEW,
    "PGMaterializedView": ObjectKind.MATERIALIZED_VIEW,
    "PGTrigger": ObjectKind.TRIGGER,
    "PGExtension": ObjectKind.EXTENSION,
    "PGPolicy": ObjectKind.POLICY,
}


def entity(call: Call, location: Location) -> Operation | None:
    """`op.create_entity(PGFunction(...))` of alembic_utils."""
    if call.method not in ("create_entity", "drop_entity", "replace_entity") or not call.args:
        return None
    entity = call.args[0]
    if not isinstance(entity, Call):
        return None
    kind = _ENTITIES.get(short_name(entity), ObjectKind.OTHER)
    schema = string(entity.argument(0, "schema"))
    signature = string(entity.argument(1, "signature"))
    named = QualifiedName(OPAQUE, schema)
    if isinstance(signature, str):
        named = QualifiedName(signature.partition("(")[0].strip(), schema)
    if call.method == "drop_entity":
        return DropObject(kind, named, location=location)
    definition = string(entity.argument(2, "definition"))
    return CreateObject(
        kind,
        named,
        or_replace=call.method == "replace_entity",
        definition=OPAQUE if definition is None else definition,
        location=location,
    )
