"""Small ONNX models of tests, with the outputs that a released model has."""

import numpy as np
import onnx
from onnx import TensorProto, helper


def linear_model(columns: int, weight: float = 0.1) -> bytes:
    """P(positive) = sigmoid(weight × sum of the row), as `probabilities` (rows, 2)."""
    return _model(columns, np.full((columns, 1), weight, dtype=np.float32))


def broken_model(columns: int) -> bytes:
    """A model that loads and answers NaN."""
    return _model(columns, np.full((columns, 1), np.nan, dtype=np.float32))


def _model(columns: int, weights: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> bytes:
    nodes = [
        helper.make_node("MatMul", ["input", "weights"], ["logit"]),
        helper.make_node("Sigmoid", ["logit"], ["positive"]),
        helper.make_node("Sub", ["one", "positive"], ["negative"]),
        helper.make_node("Concat", ["negative", "positive"], ["probabilities"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "linear",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [None, columns])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, 2])],
        [
            helper.make_tensor("weights", TensorProto.FLOAT, weights.shape, weights.ravel().tolist()),
            helper.make_tensor("one", TensorProto.FLOAT, [1, 1], [1.0]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content
