"""JSON from sources nobody vouches for: its fields by type, and one clear error where one is something else."""

from __future__ import annotations

import json
from typing import Any

from layerscope.errors import InputError

# Registries take manifests of 4 MiB at most; configs with long histories stay far below this, too.
JSON_LIMIT = 32 << 20


class JsonObject:
    """A JSON object, the file it came from, and its fields by the type they must have; null is a missing field."""

    def __init__(self, value: dict[str, Any], file: str) -> None:
        self._value, self.file = value, file

    def __contains__(self, key: str) -> bool:
        return self._value.get(key) is not None

    def text(self, key: str) -> str:
        return self._get(key, str, "a string") or ""

    def integer(self, key: str) -> int | None:
        value: int | None = self._get(key, int, "a whole number")
        if isinstance(value, bool) or (value is not None and not -(2**63) <= value < 2**63):
            raise self._unlike(key, "a whole number of 64 bits")
        return value

    def flag(self, key: str) -> bool:
        return self._get(key, bool, "true or false") or False

    def object(self, key: str) -> JsonObject:
        return JsonObject(self._get(key, dict, "an object") or {}, self.file)

    def objects(self, key: str) -> list[JsonObject]:
        values = self._get(key, list, "an array") or []
        if not all(isinstance(value, dict) for value in values):
            raise self._unlike(key, "an array of objects")
        return [JsonObject(value, self.file) for value in values]

    def object_lists(self, key: str) -> list[list[JsonObject]]:
        values = self._get(key, list, "an array") or []
        if not all(isinstance(items, list) and all(isinstance(item, dict) for item in items) for items in values):
            raise self._unlike(key, "an array of arrays of objects")
        return [[JsonObject(item, self.file) for item in items] for items in values]

    def texts(self, key: str) -> tuple[str, ...]:
        values = self._get(key, list, "an array") or []
        if not all(isinstance(value, str) for value in values):
            raise self._unlike(key, "an array of strings")
        return tuple(values)

    def words(self, key: str) -> tuple[str, ...]:
        """An array of strings, or, as old configs have it, one string."""
        value = self._value.get(key)
        return (value,) if isinstance(value, str) else self.texts(key)

    def keys(self, key: str) -> tuple[str, ...]:
        """The sorted keys of an object that stands for a set, as ports and volumes are written."""
        return tuple(sorted(self._get(key, dict, "an object") or {}))

    def pairs(self, key: str) -> tuple[tuple[str, str], ...]:
        """The sorted entries of an object of strings."""
        values = self._get(key, dict, "an object") or {}
        if not all(isinstance(value, str) for value in values.values()):
            raise self._unlike(key, "an object of strings")
        return tuple(sorted(values.items()))

    def strings(self) -> dict[str, str]:
        """The object's own fields that are strings."""
        return {key: value for key, value in self._value.items() if isinstance(value, str)}

    def canonical(self, key: str) -> str | None:
        """A field of any type as JSON text that depends on its content only."""
        value = self._value.get(key)
        return None if value is None else json.dumps(value, sort_keys=True, separators=(",", ":"))

    def _get(self, key: str, kind: type, what: str) -> Any:
        value = self._value.get(key)
        if value is not None and not isinstance(value, kind):
            raise self._unlike(key, what)
        return value

    def _unlike(self, key: str, what: str) -> InputError:
        return InputError(f"'{key}' is not {what}", self.file)


def parse_object(data: bytes, file: str) -> JsonObject:
    """Raises:
    InputError: the bytes are no JSON, or no object.
    """
    value = parse_json(data, file)
    if not isinstance(value, dict):
        raise InputError("not a JSON object", file)
    return JsonObject(value, file)


def parse_objects(data: bytes, file: str) -> list[JsonObject]:
    """Raises:
    InputError: the bytes are no JSON, or no array of objects.
    """
    value = parse_json(data, file)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise InputError("not a JSON array of objects", file)
    return [JsonObject(item, file) for item in value]


def parse_json(data: bytes, file: str) -> Any:
    try:
        return json.loads(data)
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON: {error.msg}", file, error.lineno) from None
    except (UnicodeDecodeError, RecursionError, ValueError):
        raise InputError("not JSON", file) from None
