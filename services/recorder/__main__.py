"""Entry point of the process."""

from services.recorder.app import create_app
from shared.service import run

if __name__ == "__main__":
    run("recorder", create_app)
