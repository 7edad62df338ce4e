import os
import signal
from types import FrameType

INTERRUPTED = 130


def _leave(_number: int, _frame: FrameType | None) -> None:
    # nothing has begun that would have to be undone, and imports turn an exception into other ones
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    # who starts in the background has SIGINT ignored, and stays so
    is_usual = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if is_usual:
        signal.signal(signal.SIGINT, _leave)
    from services.cli.app import main

    if is_usual:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    main()
