"""Frozen domain values to JSON text and back: decimals as strings, dates ISO, nothing lost (spec 0.2)."""

from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}


def _adapter(kind: Any) -> TypeAdapter[Any]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def dump(value: Any) -> str:
    """JSON text of a domain value."""
    return _adapter(type(value)).dump_json(value).decode()


def load(kind: type[T], text: str) -> T:
    """The domain value again; raises pydantic's error when the text does not fit the type."""
    value: T = _adapter(kind).validate_json(text)
    return value
