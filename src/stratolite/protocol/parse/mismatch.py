"""What AWS says of a JSON value of the wrong type. There are three dialects, by the age of the service's front end.

``tokens`` is what most services say, ``classes`` what API Gateway says (recorded), ``fields`` what DynamoDB says (the
expectations of dynalite's tests, which run against DynamoDB).
"""

from abc import ABC, abstractmethod
from typing import Any

from stratolite.core.errors import SerializationException
from stratolite.protocol.models import ServiceModel, Shape

_TYPE = "sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl"
_NESTED_GENERICS = (
    f"class {_TYPE} cannot be cast to class java.lang.Class "
    f"({_TYPE} and java.lang.Class are in module java.base of loader 'bootstrap')"
)
STRUCTURE_FOUND = "Start of structure or map found where not expected"
NUMBER_CLASS = "com.amazon.coral.value.json.numbers.TruncatingBigNumber"


def token(value: Any) -> str:
    """The name of a scalar's JSON token."""
    if value is None or value is True or value is False:
        return {None: "NULL_VALUE", True: "TRUE_VALUE", False: "FALSE_VALUE"}[value]
    if isinstance(value, str):
        return "STRING_VALUE"
    return "DECIMAL_VALUE" if isinstance(value, float) else "NUMBER_VALUE"


class Mismatch(ABC):
    """Makes the error for a value that does not have its shape's type."""

    def __init__(self, package: str) -> None:
        self._package = package
        """The Java package of the service's shapes, with a dot at its end."""

    @abstractmethod
    def scalar(self, value: Any, wanted: str) -> SerializationException:
        """A scalar was wanted: ``String``, ``Integer``, ``Boolean``, ``Blob`` ..."""

    def boolean(self, value: Any) -> bool:
        """What is no boolean, as one; raised for what no dialect takes for one."""
        raise self.scalar(value, "Boolean")

    @abstractmethod
    def container(self, value: Any, shape: Shape, element: Shape | None, *, is_field: bool) -> SerializationException:
        """A structure, list or map was wanted; ``is_field``: as a member of a structure."""


class TokenMismatch(Mismatch):
    def scalar(self, value: Any, wanted: str) -> SerializationException:
        if isinstance(value, list | dict):
            return _start(value)
        return SerializationException(f"{self._kind(value)} can not be converted to {self._article(wanted)} {wanted}")

    def container(self, value: Any, shape: Shape, element: Shape | None, *, is_field: bool) -> SerializationException:
        if isinstance(value, list | dict):
            return _start(value)
        wanted = "null" if shape.type == "structure" else f"{shape.type} or null"
        return SerializationException(f"Expected {wanted}")

    def _kind(self, value: Any) -> str:
        return token(value)

    def _article(self, wanted: str) -> str:
        return "an" if wanted[0] in "AEIOU" else "a"


class ClassMismatch(TokenMismatch):
    def _kind(self, value: Any) -> str:
        if isinstance(value, bool):
            return "class java.lang.Boolean"
        return f"class {'java.lang.String' if isinstance(value, str) else NUMBER_CLASS}"

    def _article(self, wanted: str) -> str:
        return "a" if wanted == "Blob" else "an"


_BOOLEANS = {"TRUE": True, "YES": True, "1": True, "FALSE": False, "NO": False, "0": False}


class FieldMismatch(Mismatch):
    def boolean(self, value: Any) -> bool:
        known = _BOOLEANS.get(value.upper()) if isinstance(value, str) else None
        return super().boolean(value) if known is None else known

    def scalar(self, value: Any, wanted: str) -> SerializationException:
        if isinstance(value, dict):
            return SerializationException(STRUCTURE_FOUND)
        if isinstance(value, list):
            name = "java.nio.ByteBuffer" if wanted == "Blob" else f"java.lang.{wanted}"
            return SerializationException(f"Unrecognized collection type class {name}")
        if wanted == "Blob":
            return SerializationException("only base-64-encoded strings are convertible to bytes")
        if wanted == "Boolean" and isinstance(value, str):
            return SerializationException("Unexpected token received from parser")
        return SerializationException(f"{token(value)} cannot be converted to {wanted}")

    def container(self, value: Any, shape: Shape, element: Shape | None, *, is_field: bool) -> SerializationException:
        if isinstance(value, dict):
            return SerializationException(STRUCTURE_FOUND)
        if isinstance(value, list):
            if shape.type == "map" and element is not None:
                inner = f"java.util.Map<java.lang.String, {self._java(element)}>"
                return SerializationException(f"Unrecognized collection type {inner}")
            return SerializationException(f"Unrecognized collection type class {self._java(shape)}")
        if is_field:
            return SerializationException("Unexpected field type")
        if shape.type == "structure":
            return SerializationException("Unexpected value type in payload")
        return SerializationException(_NESTED_GENERICS)

    def _java(self, shape: Shape) -> str:
        if shape.type == "list" and shape.element is not None:
            return f"java.util.List<{self._package}{shape.element.shape_name}>"
        name = {"string": "String", "integer": "Integer", "long": "Long", "boolean": "Boolean"}.get(shape.type)
        return f"java.lang.{name}" if name else self._package + shape.name


def _start(value: Any) -> SerializationException:
    if isinstance(value, list):
        return SerializationException("Start of list found where not expected")
    return SerializationException(f"{STRUCTURE_FOUND}.")


_DIALECTS = {"tokens": TokenMismatch, "classes": ClassMismatch, "fields": FieldMismatch}


def mismatch(model: ServiceModel) -> Mismatch:
    """The dialect of a service."""
    package = model.patch.get("error_namespaces", {}).get("modelled", "").replace("#", ".")
    return _DIALECTS[model.patch.get("json_mismatch", "tokens")](package)
