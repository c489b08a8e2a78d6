# SPDX-License-Identifier: BSD-3-Clause
"""scikit-learn's own tests of its MLPs, as the installed version ships them, run on ours.

Only the import of the estimators is turned. Nothing is loosened: a test is left out where it reads a private
attribute of scikit-learn's implementation, and nowhere else.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

pytest.importorskip("sklearn", minversion="1.6")

SPEC = find_spec("sklearn.neural_network")
SUITE = Path(SPEC.origin).parent / "tests" / "test_mlp.py"
if not SUITE.exists():
    pytest.skip("this scikit-learn comes without its tests", allow_module_level=True)

# What reads private attributes of scikit-learn's MLPs.
PRIVATE = {
    "test_gradient": "_loss_grad_lbfgs",
    "test_learning_rate_warmstart": "_optimizer",
    "test_adaptive_learning_rate": "_optimizer",
}

# Under scikit-learn's own settings its tests may warn.
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture
def global_random_seed():
    return 42  # scikit-learn's own conftest gives this one by default


def turned(source):
    """Return the source with the estimators imported from here."""
    theirs = "from sklearn.neural_network import MLPClassifier, MLPRegressor\n"
    assert source.count(theirs) == 1
    return source.replace(theirs, "from laminar.sklearn import MLPClassifier, MLPRegressor\n")


SOURCE = turned(SUITE.read_text(encoding="utf-8"))
exec(compile(SOURCE, str(SUITE), "exec"), globals())

for _name in PRIVATE:
    del globals()[_name]


def test_that_only_what_reads_private_attributes_is_left_out():
    for name, attribute in PRIVATE.items():
        body = re.search(rf"^def {name}\(.*?(?=^(?:def|@)|\Z)", SOURCE, re.MULTILINE | re.DOTALL)
        assert f".{attribute}" in body.group()


def test_that_the_suite_is_there():
    names = re.findall(r"^def (test_\w+)", SOURCE, re.MULTILINE)
    assert len(names) > 30
    assert {name for name in names if name not in globals()} == set(PRIVATE)
