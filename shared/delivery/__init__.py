"""How records are consumed: batches as they come, results first, offsets after, nothing lost.

`Delivery` drives one FastStream batch subscriber: bytes become types at one door, a domain function
works on all that has arrived, its results are sent and gathered, and only then do offsets advance;
a ticker commits them. At-least-once; whoever consumes the results drops what it has seen.
"""

from shared.delivery.consumer import Delivery
from shared.delivery.door import Delivered
from shared.delivery.outgoing import Outgoing
from shared.delivery.policy import Policy

__all__ = ["Delivered", "Delivery", "Outgoing", "Policy"]
