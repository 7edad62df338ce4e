"""Start the web app: `python -m ui`."""

from shared.service import run
from ui.app import create_app

if __name__ == "__main__":
    run("ui", create_app)
