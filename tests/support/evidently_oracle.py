"""What Evidently itself says of two sets of rows. Run as a script: it takes seconds to import.

Reads `{"now": …, "then": …}` from stdin, each side `{"numbers": {name: […]}, "words": {name: […]}}`, prints
`{method: {column: value}}`.
"""

import json
import os
import sys

os.environ["DO_NOT_TRACK"] = "1"

METHODS = {
    "psi": "both",
    "jensenshannon": "both",
    "wasserstein": "numbers",
    "ks": "numbers",
    "chisquare": "words",
}


def main() -> None:
    import pandas as pd
    from evidently import DataDefinition, Dataset, Report
    from evidently.metrics import ValueDrift

    asked = json.load(sys.stdin)
    numbers, words = list(asked["then"]["numbers"]), list(asked["then"]["words"])
    definition = DataDefinition(numerical_columns=numbers, categorical_columns=words)
    now, then = (
        Dataset.from_pandas(
            pd.DataFrame(asked[side]["numbers"] | asked[side]["words"]), data_definition=definition
        )
        for side in ("now", "then")
    )
    columns = {"both": [*numbers, *words], "numbers": numbers, "words": words}
    metrics = [
        ValueDrift(column=column, method=method)
        for method, kind in METHODS.items()
        for column in columns[kind]
    ]
    said: dict[str, dict[str, float]] = {method: {} for method in METHODS}
    for metric in Report(metrics).run(now, then).dict()["metrics"]:
        config = metric["config"]
        said[config["method"]][config["column"]] = float(metric["value"])
    print(json.dumps(said))


if __name__ == "__main__":
    main()
