"""Names of the files of a drift reference, as a training leaves them beside the model."""

from typing import Final

HISTOGRAMS_FILE: Final = "drift-reference.json"
SAMPLE_FILE: Final = "drift-reference.parquet"
