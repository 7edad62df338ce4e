"""Entry point of the process."""

from services.training.app import create_app
from shared.service import run

if __name__ == "__main__":
    run("training", create_app)
