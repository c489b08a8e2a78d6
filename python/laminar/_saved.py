# SPDX-License-Identifier: BSD-3-Clause
"""How a model is kept in a file."""

from __future__ import annotations

import warnings
from os import fspath
from typing import TYPE_CHECKING

from laminar import _core

if TYPE_CHECKING:
    from os import PathLike


class Saved(_core.Model):
    """Base of the models: files."""

    _kind = "Model"  # what load_model makes again

    def save(self, path: str | PathLike[str]) -> None:
        """Save the model in a file, from which :func:`laminar.load_model` makes it again.

        The file has the safetensors format: weights, and the optimizer's moments, are tensors under their
        names that any reader of it finds; structure, compiled options and counters are JSON in its metadata.
        It is written beside `path` and put in its place when it is safe on the disk, so that at any moment
        there is the old file or the new one. Callbacks may save between two epochs.

        Parameters
        ----------
        path : str or path-like
            The file; ``"model.safetensors"``, say.

        Raises
        ------
        OSError
            If the file cannot be written: what was there before is untouched.
        RuntimeError
            If another thread trains the model, or averages stand in the weights' place.
        TypeError
            If a layer of your own was constructed with what JSON cannot hold.
        ValueError
            If it was constructed with text of more than 64 KiB, or lists in each other more than 25 deep.

        Warns
        -----
        UserWarning
            If the model has layers of your own, or functions as losses or metrics: a file holds no code, so
            they are to be handed to ``load_model`` again.

        Examples
        --------
        >>> import laminar as lm
        >>> import os, tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), "model.safetensors")
        >>> lm.Sequential([lm.Input((4,)), lm.Dense(3)]).save(path)
        >>> lm.load_model(path)
        <Sequential: 1 layers, 15 parameters, float32>
        """
        self.save_file(fspath(path), self._kind)
        custom = dict.fromkeys(self.custom_parts())
        if custom:
            named = ", ".join(f"{what} '{name}'" for what, name in custom)
            handed = ", ".join(f"'{name}': {name}" for name in dict.fromkeys(name for _, name in custom))
            warnings.warn(
                f"save: the file names, but does not hold, {named}: load it with "
                f"load_model(path, custom={{{handed}}})",
                UserWarning,
                stacklevel=2,
            )

    def load_weights(self, path: str | PathLike[str], partial: bool = False) -> None:
        """Take the weights of a file that have the names of the model's own.

        Parameters
        ----------
        path : str or path-like
            A file of :meth:`save`, or any file in the safetensors format.
        partial : bool, default False
            Take the tensors that the model has a weight for, and leave its other weights as they are: for a
            network with another head. By default each weight must be there, and no other.

        Raises
        ------
        FormatError
            If weights are missing, unexpected or of another shape; the message lists them. The model is
            unchanged.
        OSError
            If the file cannot be read.
        RuntimeError
            If the model is not built, or another thread uses it.

        Examples
        --------
        >>> import laminar as lm
        >>> import os, tempfile
        >>> path = os.path.join(tempfile.mkdtemp(), "model.safetensors")
        >>> body = [lm.Input((4,)), lm.Dense(8, activation="relu", name="body")]
        >>> lm.Sequential([*body, lm.Dense(3, name="three")]).save(path)
        >>> model = lm.Sequential([lm.Input((4,)), lm.Dense(8, name="body"), lm.Dense(2, name="two")])
        >>> model.load_weights(path, partial=True)
        """
        self.load_weights_file(fspath(path), partial)
