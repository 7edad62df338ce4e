"""Entry point of the process."""

from services.inference.app import create_app
from shared.service import run

if __name__ == "__main__":
    run("inference", create_app)
