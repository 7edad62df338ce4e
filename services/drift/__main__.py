"""Entry point of the process."""

from services.drift.app import create_app
from shared.service import run

if __name__ == "__main__":
    run("drift", create_app)
