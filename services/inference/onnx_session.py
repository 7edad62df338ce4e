"""ONNX Runtime, one model: loaded from verified bytes, one thread, no spinning."""

import threading
from typing import Final

import msgspec
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from contracts.models import ModelReleased
from shared.errors import ModelRejected

PROBE_ROWS: Final = 3
OUTPUT: Final = "probabilities"


class OnnxModel:
    """A loaded release. `score` is what it says of feature rows."""

    def __init__(self, release: ModelReleased, content: bytes) -> None:
        """Load and probe. Raises ModelRejected when it cannot score rows of its own feature list."""
        self.release = release
        self.columns = len(release.feature_names)
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            self._session = ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
            (model_input,) = self._session.get_inputs()
            self._input = model_input.name
            (probe,) = self._session.run(
                [OUTPUT], {self._input: np.zeros((PROBE_ROWS, self.columns), dtype=np.float32)}
            )
        except Exception as error:  # ONNX Runtime raises its own untyped errors for any bad file
            raise ModelRejected(f"release {release.version} is not a model that loads: {error}") from error
        if probe.shape != (PROBE_ROWS, 2) or probe.dtype != np.float32:
            raise ModelRejected(
                f"release {release.version} gives {probe.dtype} {probe.shape} for {PROBE_ROWS} rows, "
                f"not float32 ({PROBE_ROWS}, 2)"
            )
        self._check(probe[:, 1])
        self._one_row = _OneRow(self._session, self._input, self.columns)

    def score(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """P(positive) of each row: (rows, columns) float32 in, (rows,) float32 out.

        Raises ModelRejected when an output is not a finite probability.
        """
        if len(rows) == 1:
            scores = self._one_row.score(rows)
        else:
            (outputs,) = self._session.run([OUTPUT], {self._input: rows})
            scores = outputs[:, 1]
        self._check(scores)
        return scores

    def _check(self, scores: NDArray[np.float32]) -> None:
        # NaN fails both comparisons. Arrays of comparisons would cost a single row as much as its trees.
        if len(scores) == 1:
            lowest = highest = scores.item()
        else:
            lowest, highest = scores.min(initial=0.0), scores.max(initial=0.0)
        if not (lowest >= 0 and highest <= 1):
            raise ModelRejected(f"release {self.release.version} gives values that are no probabilities")


class _OneRow:
    """Input and output of a single row, bound once: `run` wraps and checks its arrays at every call."""

    def __init__(self, session: ort.InferenceSession, name: str, columns: int) -> None:
        self._session = session
        self._row = np.zeros((1, columns), dtype=np.float32)
        self._probabilities = np.zeros((1, 2), dtype=np.float32)
        self._binding = session.io_binding()
        self._binding.bind_input(name, "cpu", 0, np.float32, self._row.shape, self._row.ctypes.data)
        self._binding.bind_output(
            OUTPUT, "cpu", 0, np.float32, self._probabilities.shape, self._probabilities.ctypes.data
        )
        # explanations score in threads of their own
        self._turn = threading.Lock()

    def score(self, row: NDArray[np.float32]) -> NDArray[np.float32]:
        """As `OnnxModel.score`, of (1, columns)."""
        with self._turn:
            self._row[:] = row
            self._session.run_with_iobinding(self._binding)
            return self._probabilities[:, 1].copy()


def fingerprint(release: ModelReleased) -> bytes:
    """Canonical bytes of a release, to tell whether a loaded one is still the same."""
    return msgspec.json.encode(release, order="sorted")
