"""The process of the tracking server: MLflow's own application in one uvicorn.

`python -m services.embedded.mlflow_server DIRECTORY HOST PORT`
"""

import os
import sys
from pathlib import Path
from typing import Final

import uvicorn

ARTIFACTS_URI: Final = "mlflow-artifacts:/"


def main(directory: Path, host: str, port: int) -> None:
    """Serve until SIGTERM; blocks."""
    store = f"sqlite:///{directory / 'mlflow.db'}"
    # the names are those of mlflow.server.constants, which cannot be imported before they are set
    os.environ |= {
        "_MLFLOW_SERVER_FILE_STORE": store,
        "_MLFLOW_SERVER_REGISTRY_STORE": store,
        "_MLFLOW_SERVER_ARTIFACT_ROOT": ARTIFACTS_URI,
        "_MLFLOW_SERVER_SERVE_ARTIFACTS": "true",
        "_MLFLOW_SERVER_ARTIFACT_DESTINATION": (directory / "artifacts").as_uri(),
        "_MLFLOW_SGI_NAME": "uvicorn",
    }
    from mlflow.server.fastapi_app import app
    from mlflow.server.handlers import initialize_backend_stores

    initialize_backend_stores(store, store, ARTIFACTS_URI)
    uvicorn.run(app, host=host, port=port, access_log=False, log_level="warning", timeout_graceful_shutdown=2)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
