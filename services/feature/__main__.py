"""Entry point of the process."""

from services.feature.app import create_app
from shared.service import run

if __name__ == "__main__":
    run("feature", create_app)
