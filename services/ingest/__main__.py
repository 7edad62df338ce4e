"""Entry point of the process."""

from services.ingest.app import create_app
from shared.service import run

if __name__ == "__main__":
    run("ingest", create_app)
