"""Secrets: values that nothing prints, writes or pickles by accident."""

from typing import Any, Generic, NoReturn, TypeVar

T = TypeVar("T")
SHOWN = "Secret(***)"


class Secret(Generic[T]):
    """A value that only ``reveal()`` gives away. Its text, its JSON and its place in logs are ``Secret(***)`` or an
    error.

    Equal to a secret of the same value, compared in constant time. Not hashable, since a hash tells something.
    """

    __slots__ = ("__value",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: T) -> None:
        self.__value = value

    def reveal(self) -> T:
        """The value."""
        return self.__value

    def __repr__(self) -> str:
        return SHOWN

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(SHOWN, spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        from hmac import compare_digest

        return compare_digest(str(self.__value).encode(), str(other.reveal()).encode())

    def __copy__(self) -> "Secret[T]":
        return self

    def __deepcopy__(self, memo: Any) -> "Secret[T]":
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret is not pickled")
