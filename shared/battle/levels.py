"""How levels are drawn for battles that models are judged on, and for visitors who are to be like them."""

from typing import Final

EVEN_LEVEL: Final = 50
EVEN_LEVEL_SHARE: Final = 0.6
"""Both sides have `EVEN_LEVEL`."""
NEAR_LEVEL_SHARE: Final = 0.25
"""One level is drawn over all, the other near it. The rest has levels drawn over all on both sides."""
NEAR_LEVEL_SPREAD: Final = 8.0
"""Standard deviation of their difference."""
