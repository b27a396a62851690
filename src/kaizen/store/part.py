"""An object that is made of parts, and offers what they can do as its own."""

from collections.abc import Callable
from types import MethodType
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

S = TypeVar("S")
P = ParamSpec("P")
R = TypeVar("R")


class Part(Generic[S]):
    """A part, made when it is first asked for; as a decorator of the method that makes it."""

    def __init__(self, make: Callable[[Any], S]) -> None:
        self._make = make
        self._name = make.__name__

    def __get__(self, whole: object, owner: type) -> S:
        """Return the part, which is kept on the object."""
        part = self._make(whole)
        setattr(whole, self._name, part)
        return part

    def offers(self, method: Callable[Concatenate[S, P], R]) -> "Offered[P, R]":
        """Make a method of the part one of the whole."""
        return Offered(self._name, method)


class Offered(Generic[P, R]):
    """A method of a part."""

    def __init__(self, part: str, method: Callable[..., R]) -> None:
        self._part = part
        self._method = method

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, whole: object, owner: type) -> Callable[P, R]:
        """Bind the method to the part, which keeps it."""
        bound = MethodType(self._method, getattr(whole, self._part))
        setattr(whole, self._name, bound)
        return bound
