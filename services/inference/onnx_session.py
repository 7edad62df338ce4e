"""ONNX Runtime, one model: loaded from verified bytes, one thread, no spinning."""

import msgspec
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from contracts.models import ModelReleased
from shared.errors import ModelRejected

PROBE_ROWS = 3


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
            probe = self.score(np.zeros((PROBE_ROWS, self.columns), dtype=np.float32))
        except ModelRejected:
            raise
        except Exception as error:  # ONNX Runtime raises its own untyped errors for any bad file
            raise ModelRejected(f"release {release.version} is not a model that loads: {error}") from error
        if probe.shape != (PROBE_ROWS,):
            raise ModelRejected(f"release {release.version} gives {probe.shape} for {PROBE_ROWS} rows")

    def score(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """P(positive) of each row: (rows, columns) float32 in, (rows,) float32 out.

        Raises ModelRejected when an output is not a finite probability.
        """
        (outputs,) = self._session.run(["probabilities"], {self._input: rows})
        scores = np.asarray(outputs, dtype=np.float32)
        scores = scores[:, 1] if scores.ndim == 2 and scores.shape[1] == 2 else scores.reshape(-1)
        # NaN fails both comparisons; three arrays of comparisons would cost a single row as much as its trees
        if len(scores) and not (scores.min() >= 0 and scores.max() <= 1):
            raise ModelRejected(f"release {self.release.version} gives values that are no probabilities")
        return scores


def fingerprint(release: ModelReleased) -> bytes:
    """Canonical bytes of a release, to tell whether a loaded one is still the same."""
    return msgspec.json.encode(release, order="sorted")
