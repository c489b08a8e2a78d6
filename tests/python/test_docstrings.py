# SPDX-License-Identifier: BSD-3-Clause
"""Every public name is documented, and what the documentation shows is true."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import re
import sys

import laminar as lm
import pytest

MODULES = ["laminar", *(module.name for module in pkgutil.walk_packages(lm.__path__, "laminar."))]
PUBLIC = [
    "activations", "callbacks", "initializers", "layers", "losses", "metrics", "optim", "plot",
    "regularizers", "schedules",
]  # fmt: skip


def public_names():
    """Yield (name, object) of every class and function in __all__ of the package and its public modules."""
    for module in (lm, *(getattr(lm, name) for name in PUBLIC)):
        for name in module.__all__:
            thing = getattr(module, name)
            if inspect.isclass(thing) or inspect.isroutine(thing):
                yield f"{module.__name__}.{name}", thing


def public_methods():
    """Yield (name, function) of the public methods that are written in Python."""
    for owner, cls in public_names():
        if inspect.isclass(cls):
            for name, member in vars(cls).items():
                if inspect.isfunction(member) and (name == "__call__" or not name.startswith("_")):
                    yield f"{owner}.{name}", member


def parameters(function) -> list[str]:
    return [name for name in inspect.signature(function).parameters if name != "self"]


NAMES = dict(public_names())
METHODS = {**dict(public_methods())}
WRITTEN_IN_PYTHON = {n: t for n, t in NAMES.items() if t.__module__ != "laminar._core"}


@pytest.mark.parametrize("name", [name for name in MODULES if not name.endswith("._core")])
def test_examples(name):
    if name.startswith("laminar.plot"):
        pytest.importorskip("matplotlib")
        pytest.importorskip("sklearn")
    if name.startswith("laminar.onnx"):
        pytest.importorskip("onnx")
    result = doctest.testmod(importlib.import_module(name))
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
    assert result.failed == 0


@pytest.mark.parametrize("name", NAMES)
def test_names_have_a_docstring(name):
    assert inspect.getdoc(NAMES[name])


@pytest.mark.parametrize("name", WRITTEN_IN_PYTHON)
def test_names_have_an_example_and_their_parameters(name):
    thing = WRITTEN_IN_PYTHON[name]
    if issubclass(thing, Exception) if inspect.isclass(thing) else False:
        return
    text = inspect.getdoc(thing)
    assert "\nExamples\n--------\n>>> " in text
    check_parameters(thing.__init__ if inspect.isclass(thing) else thing, text)
    if inspect.isroutine(thing) and thing.__annotations__["return"] != "None":
        assert "\nReturns\n-------\n" in text


@pytest.mark.parametrize("name", METHODS)
def test_methods_tell_parameters_and_results(name):
    method = METHODS[name]
    text = inspect.getdoc(method)
    check_parameters(method, text)
    if method.__annotations__["return"] not in ("None", "Iterator[None]"):
        assert "\nReturns\n-------\n" in text


@pytest.mark.parametrize("name", [name for name in METHODS if ".Model." in name or ".Sequential." in name])
def test_model_methods_have_an_example(name):
    assert "\nExamples\n--------\n>>> " in inspect.getdoc(METHODS[name])


def check_parameters(function, text: str) -> None:
    names = [name for name in parameters(function) if name not in ("args", "kwargs")]
    if names and function is not object.__init__:
        assert "\nParameters\n----------\n" in text
        described = [name for line in re.findall(r"^([\w, ]+) : ", text, re.M) for name in line.split(", ")]
        for name in names:
            assert name in described, f"{name} is not described"


def test_all_lists_what_there_is():
    for module in (lm, *(getattr(lm, name) for name in PUBLIC)):
        for name in module.__all__:
            assert hasattr(module, name), f"{module.__name__}.{name}"
