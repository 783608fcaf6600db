"""URL objects of SQLAlchemy and pydantic as texts."""

from __future__ import annotations

import re

from alembic_vet.source.strings import concatenate, literal
from alembic_vet.source.values import (
    Anchor,
    Attribute,
    Call,
    Hole,
    Text,
    Value,
    constant,
    options,
    text,
)

ENGINE_FACTORIES = {
    "create_engine": False,
    "engine_from_config": False,
    "create_async_engine": True,
    "async_engine_from_config": True,
}
_PASSWORD = r"://[^:/]*:[^@]*@"
_DSN_BUILDERS = ("Dsn.build", "MultiHostUrl.build", "AnyUrl.build", "Url.build")


def is_engine_factory(call: Call) -> bool:
    root = call.name.partition(".")[0]
    return call.method in ENGINE_FACTORIES and root in ("sqlalchemy", "sqlmodel", "?")


def url_text(value: Value | None) -> Text | None:
    """The text of a URL that an engine would be given; passwords are whole in it."""
    match value:
        case Text():
            return value
        case Call():
            return _rendered(value)
        case Attribute(of=Call() as engine, name="url") if is_engine_factory(engine):
            return url_text(engine_url(engine))
    return None


def engine_url(engine: Call) -> Value | None:
    """The URL argument of an engine factory, which for `engine_from_config` is in a section."""
    return engine_option(engine, "url") if _is_configured(engine) else engine.argument(0, "url")


def engine_option(engine: Call, name: str) -> Value | None:
    """An option of an engine factory: a keyword, or for `engine_from_config` an entry of its section."""
    if name in engine.keywords or not _is_configured(engine):
        return engine.keywords.get(name)
    prefix = constant(engine.argument(1, "prefix") or literal("sqlalchemy."))
    section = engine.argument(0, "configuration")
    entries = getattr(section, "items", None)
    if isinstance(prefix, str) and isinstance(entries, dict):
        found = entries.get(f"{prefix}{name}")
        return found if found is not None else None
    return None


def _is_configured(engine: Call) -> bool:
    return engine.method in ("engine_from_config", "async_engine_from_config")


def masked_text(value: Value, at: Anchor) -> Text | None:
    """`str(value)` of a SQLAlchemy URL, in which the password reads `***`; None for other values."""
    if _is_pydantic(value):
        return _rendered(value) if isinstance(value, Call) else None
    whole = url_text(value)
    if whole is None or isinstance(value, Text):
        return None
    if whole.exact is not None and not re.search(_PASSWORD, whole.exact):
        return whole
    scheme = whole.likely.exact.partition("://")[0] if whole.likely.exact else _literal_scheme(whole)
    parts: list[str | Hole] = [scheme + "://"] if scheme else []
    return text([*parts, Hole("a URL made a string", masked=at)], whole.origin)


def part_of_scheme(url: Value, asked: str) -> Text | None:
    """`url.drivername`, `url.get_backend_name()` or `url.get_driver_name()`, where the URL itself says it."""
    whole = url_text(url) if is_url_object(url) else None
    head = whole.parts[0] if whole and whole.parts else None
    if not isinstance(head, str) or "://" not in head:
        return None
    name = head.partition("://")[0]
    backend, _, driver = name.partition("+")
    answers = {"drivername": name, "get_backend_name": backend, "get_driver_name": driver}
    return literal(answers[asked]) if answers[asked] else None


def is_url_object(value: Value) -> bool:
    """Whether a value is a SQLAlchemy `URL`, not a string."""
    match value:
        case Attribute(name="url", of=Call() as engine):
            return is_engine_factory(engine) or engine.method in ("get_engine", "connect")
        case Call():
            return value.name in _URL_CALLS or (
                value.method in ("set", "update_query_dict", "update_query_string", "difference_update_query")
                and value.receiver is not None
                and is_url_object(value.receiver)
            )
    return False


_URL_CALLS = frozenset(
    {
        "sqlalchemy.URL.create",
        "sqlalchemy.engine.URL.create",
        "sqlalchemy.engine.url.URL.create",
        "sqlalchemy.make_url",
        "sqlalchemy.engine.make_url",
        "sqlalchemy.engine.url.make_url",
    }
)


def _is_pydantic(value: Value) -> bool:
    return isinstance(value, Call) and value.name.endswith(_DSN_BUILDERS)


def _rendered(call: Call) -> Text | None:
    if call.name in _URL_CALLS and call.method == "create":
        return _composed(call.argument(0, "drivername"), call)
    if call.name in _URL_CALLS:
        return url_text(call.args[0]) if call.args else None
    if _is_pydantic(call):
        return _composed(call.argument(0, "scheme"), call)
    receiver = call.receiver
    if receiver is None:
        return None
    if call.method == "set" and "drivername" in call.keywords:
        return _composed(call.keywords["drivername"], call)
    if call.method in ("set", "update_query_dict", "unicode_string", "encoded_string"):
        return url_text(receiver)
    return None


def rendered_as_string(call: Call) -> Text | None:
    """`url.render_as_string(hide_password=False)`, percent-encoded where quoting is needed."""
    if call.method not in ("render_as_string", "unicode_string", "encoded_string", "__to_string__"):
        return None
    receiver = call.receiver
    hidden = constant(call.argument(0, "hide_password") or literal("default")) is not False
    if call.method == "render_as_string" and hidden:
        return masked_text(receiver, call.at) if receiver is not None else None
    whole = next((found for option in options(receiver) if (found := url_text(option))), None) if receiver else None
    scheme = _literal_scheme(whole) if whole else ""
    parts: list[str | Hole] = [scheme + "://"] if scheme else []
    return text([*parts, Hole("a rendered URL", encoded=True)], whole.origin if whole else None)


def _composed(scheme: Value | None, call: Call) -> Text:
    start = concatenate([scheme]) if isinstance(scheme, Text) else Text((Hole("a URL scheme"),))
    return text([*start.parts, "://", Hole(f"{call.name}()", encoded=True)], start.origin or call.at)


def _literal_scheme(whole: Text) -> str:
    likely = whole.likely
    head = likely.parts[0] if likely.parts else ""
    return head.partition("://")[0] if isinstance(head, str) and "://" in head else ""
