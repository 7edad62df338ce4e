"""`python -m services.gateway`."""

from services.gateway.app import create_app
from shared.service import run

if __name__ == "__main__":
    run("gateway", create_app)
