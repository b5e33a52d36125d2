"""Frozen domain values to JSON text and back: decimals as strings, dates ISO, nothing lost (spec 0.2)."""

import json
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from pipeline.domain.errors import StorageFailed

T = TypeVar("T")


_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}


def _adapter(kind: Any) -> TypeAdapter[Any]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def dump(value: Any, kind: Any = None) -> str:
    """JSON text of a domain value. Foreign text with broken Unicode is kept with U+FFFD where it is broken."""
    adapter = _adapter(kind or type(value))
    try:
        return adapter.dump_json(value).decode()
    except PydanticSerializationError:
        return json.dumps(_repaired(adapter.dump_python(value, mode="json")), ensure_ascii=False)


def load(kind: type[T], text: str) -> T:
    """The domain value again. Raises StorageFailed when what is stored does not fit the type."""
    try:
        value: T = _adapter(kind).validate_json(text)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise StorageFailed(f"A stored {kind.__name__} cannot be read: {where}: {first['msg']}.") from None
    return value


def _repaired(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_repaired(name): _repaired(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_repaired(item) for item in value]
    return value
