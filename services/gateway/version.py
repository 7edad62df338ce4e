"""The version of the HTTP interface."""

from typing import Final

VERSION: Final = "1.1.0"
