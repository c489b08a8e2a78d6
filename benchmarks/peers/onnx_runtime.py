# SPDX-License-Identifier: BSD-3-Clause
"""ONNX Runtime: predictions with all graph optimizations, its pool spinning or not.

The variant "bound" writes into a buffer given once and reads x from one that the caller fills: less a call
than `run`, which takes any array and makes a new one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

from harness.workloads import GEMM, PREDICT_BATCH, PREDICT_ONE, Array, Workload
from peers.base import Prepared, Task

LAST_NODE = {"cross_entropy": "Softmax", "binary_cross_entropy": "Sigmoid"}
OPSET, IR_VERSION = 17, 9


class OnnxRuntime:
    """One process's ONNX Runtime."""

    def __init__(self, variant: str, settings: dict[str, Any]) -> None:
        self.bound = "bound" in variant
        self.spinning = "nospin" not in variant
        self.threads, self.probabilities = settings["threads"], settings["probabilities"]
        self.about = {
            "onnxruntime": ort.__version__,
            "onnx": onnx.__version__,
            "spinning": self.spinning,
            "bound": self.bound,
        }

    def prepare(self, workload: Workload, kinds: Sequence[str]) -> Prepared:
        """Make a session for each number of rows: a fixed shape is known to the optimizer."""
        x, _ = workload.data()
        ready = Prepared()
        for kind, rows in ((GEMM, x), (PREDICT_ONE, x[:1].copy()), (PREDICT_BATCH, x)):
            if kind in kinds:
                run = self._call(workload, rows)
                ready.tasks[kind] = Task(run)
                ready.outputs = run
        return ready

    def release(self) -> None:
        """Sessions go with the workload."""

    def _call(self, workload: Workload, x: Array) -> Callable[[], Any]:
        options = ort.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.add_session_config_entry("session.intra_op.allow_spinning", str(int(self.spinning)))
        model = graph(workload, len(x), self.probabilities).SerializeToString()
        session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        if not self.bound:
            wanted, feed = ["out"], {"x": x}
            return lambda: session.run(wanted, feed)[0]

        held, out = np.empty_like(x), np.empty((len(x), workload.sizes[-1]), np.float32)
        binding = session.io_binding()
        binding.bind_input("x", "cpu", 0, np.float32, held.shape, held.ctypes.data)
        binding.bind_output("out", "cpu", 0, np.float32, out.shape, out.ctypes.data)

        def run() -> Array:
            np.copyto(held, x)
            session.run_with_iobinding(binding)
            return out

        return run


def graph(workload: Workload, rows: int, probabilities: bool) -> onnx.ModelProto:
    """Describe the network for a fixed number of rows."""
    nodes, constants, current = [], [], "x"
    parameters = workload.parameters()
    last_node = LAST_NODE.get(workload.loss) if probabilities and workload.bias else None
    for layer, (kernel, bias) in enumerate(parameters):
        is_last = layer == len(parameters) - 1
        logits = "out" if is_last and last_node is None else f"z{layer}"
        constants.append(numpy_helper.from_array(kernel, f"W{layer}"))
        if workload.bias:
            constants.append(numpy_helper.from_array(bias, f"b{layer}"))
            nodes.append(helper.make_node("Gemm", [current, f"W{layer}", f"b{layer}"], [logits]))
        else:
            nodes.append(helper.make_node("MatMul", [current, f"W{layer}"], [logits]))
        if not is_last:
            nodes.append(helper.make_node("Relu", [logits], [f"a{layer}"]))
        elif last_node is not None:
            nodes.append(helper.make_node(last_node, [logits], ["out"]))
        current = f"a{layer}"
    described = helper.make_graph(
        nodes,
        workload.name,
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [rows, workload.sizes[0]])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, [rows, workload.sizes[-1]])],
        constants,
    )
    model = helper.make_model(described, opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = IR_VERSION
    return model


def create(variant: str, settings: dict[str, Any]) -> OnnxRuntime:
    return OnnxRuntime(variant, settings)
