# SPDX-License-Identifier: BSD-3-Clause
"""An unknown keyword names the nearest known one, everywhere."""

from __future__ import annotations

import inspect
import re

import laminar as lm
import pytest
from laminar._keywords import known_keywords, nearest


@pytest.mark.parametrize(
    ("make", "arguments", "keyword", "meant"),
    [
        (lm.Dense, (3,), "activatoin", "activation"),
        (lm.Dense, (), "unit", "units"),
        (lm.Input, ((3,),), "dtyp", "dtype"),
        (lm.Dropout, (), "rat", "rate"),
        (lm.Concatenate, (), "axes", "axis"),
        (lm.BatchNormalization, (), "momentun", "momentum"),
        (lm.LayerNormalization, (), "eps", "epsilon"),
        (lm.Normalization, (), "means", "mean"),
        (lm.GaussianNoise, (), "std", "stddev"),
        (lm.Sequential, ([],), "sed", "seed"),
        (lm.optim.Adam, (), "beta1", "beta_1"),
        (lm.optim.SGD, (), "clip_norm", "clipnorm"),
        (lm.schedules.CosineDecay, (0.1, 5), "alfa", "alpha"),
        (lm.losses.Huber, (), "detla", "delta"),
        (lm.metrics.Precision, (), "treshold", "threshold"),
        (lm.initializers.HeNormal, (), "gian", "gain"),
        (lm.regularizers.L2, (), "lamb", "lam"),
        (lm.activations.LeakyReLU, (), "slop", "slope"),
    ],
)
def test_constructors(make, arguments, keyword, meant):
    message = f"{make.__name__}: unknown keyword '{keyword}'; did you mean '{meant}'?"
    with pytest.raises(TypeError, match=re.escape(message)):
        make(*arguments, **{keyword: 1})


@pytest.mark.parametrize(
    ("method", "arguments", "keyword", "meant"),
    [
        ("compile", (), "optimiser", "optimizer"),
        ("fit", ([[0.0] * 4], [0]), "epoch", "epochs"),
        ("evaluate", ([[0.0] * 4], [0]), "batchsize", "batch_size"),
        ("predict", ([[0.0] * 4],), "outt", "out"),
        ("value_and_grad", ([[0.0] * 4], [0]), "trainig", "training"),
        ("summary", (), "batchsize", "batch_size"),
    ],
)
def test_methods(small_model, method, arguments, keyword, meant):
    message = f"{method}: unknown keyword '{keyword}'; did you mean '{meant}'?"
    with pytest.raises(TypeError, match=re.escape(message)):
        getattr(small_model(), method)(*arguments, **{keyword: 1})


def test_a_far_name_gets_the_list_only():
    with pytest.raises(TypeError, match=re.escape("Dropout: unknown keyword 'zzz' (known: rate, name)")):
        lm.Dropout(zzz=1)


def test_missing_and_surplus_arguments_are_python_errors():
    with pytest.raises(TypeError, match="units"):
        lm.Dense()
    with pytest.raises(TypeError, match="positional"):
        lm.Dropout(0.5, "name", 3)


def test_signature_and_docs_survive():
    assert list(inspect.signature(lm.Dense).parameters)[:2] == ["units", "activation"]
    assert "Parameters" in inspect.getdoc(lm.Model.fit)


def test_a_subclass_is_named():
    class Wide(lm.Dense):
        def __init__(self, **options):
            super().__init__(512, **options)

    with pytest.raises(TypeError, match="Wide: unknown keyword 'use_bais'; did you mean 'use_bias'"):
        Wide(use_bais=False)


def test_keyword_only_parameters_are_known():
    @known_keywords
    def f(a, /, b, *, c=1):
        return a, b, c

    assert f(1, b=2, c=3) == (1, 2, 3)
    with pytest.raises(TypeError, match=re.escape("f: unknown keyword 'a' (known: b, c)")):
        f(1, 2, a=1)


def test_nearest_on_nothing_known():
    assert nearest("relu", []) == " (known: )"
