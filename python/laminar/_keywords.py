# SPDX-License-Identifier: BSD-3-Clause
"""Unknown names, answered with the nearest known one."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

P = ParamSpec("P")
R = TypeVar("R")


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the end of a message about an unknown name: the nearest known one, then all of them.

    Examples
    --------
    >>> nearest("relo", ["relu", "tanh"])
    "; did you mean 'relu'? (known: relu, tanh)"
    >>> nearest("swoosh", ["relu", "tanh"])
    ' (known: relu, tanh)'
    """
    from difflib import get_close_matches

    names = list(known)
    matches = get_close_matches(name, names, n=1)
    hint = f"; did you mean {matches[0]!r}?" if matches else ""
    return f"{hint} (known: {', '.join(names)})"


def known_keywords(function: Callable[P, R]) -> Callable[P, R]:
    """Let an unknown keyword raise a TypeError that names the nearest known one.

    Examples
    --------
    >>> @known_keywords
    ... def brew(cups, strength=1): ...
    >>> brew(2, strenght=3)
    Traceback (most recent call last):
        ...
    TypeError: brew: unknown keyword 'strenght'; did you mean 'strength'? (known: cups, strength)
    """
    code = function.__code__
    names = code.co_varnames[code.co_posonlyargcount : code.co_argcount + code.co_kwonlyargcount]
    known = tuple(name for name in names if name != "self")
    is_constructor = code.co_name == "__init__"

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        for keyword in kwargs:
            if keyword not in known:
                owner = type(args[0]).__name__ if is_constructor else code.co_name
                raise TypeError(f"{owner}: unknown keyword {keyword!r}{nearest(keyword, known)}")
        return function(*args, **kwargs)

    return checked
