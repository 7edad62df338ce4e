"""Where the truth lies behind a share that was seen. Pure."""

import math
from typing import Final

Z_95: Final = 1.959964
"""Of a 95 % interval."""


def wilson(share: float, count: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share that was seen in `count` trials, at least one."""
    spread = Z_95**2 / count
    middle = (share + spread / 2) / (1 + spread)
    half = math.sqrt(share * (1 - share) * spread + spread**2 / 4) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)
