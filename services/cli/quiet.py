"""What the libraries and readers of a command log is not for the person who typed it."""

import logging
from typing import Final

from shared.logs import configure_logs

SAID_OTHERWISE: Final = {
    "aiokafka": "that a broker is away is found out and said by the commands",
    "shared.compacted": "a record that no reader can read is shown by `dex topics`",
}


def quiet_logs() -> None:
    """Only errors of ours, on standard error, and none that a command says in its own words."""
    configure_logs("dex", "ERROR", "console")
    for logger in SAID_OTHERWISE:
        logging.getLogger(logger).setLevel(logging.CRITICAL)
