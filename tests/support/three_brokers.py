"""Three brokers of one cluster: every topic is on all of them, and two must have a record."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from services.embedded.kafka import EmbeddedKafka, new_cluster_id
from services.embedded.ports import LOOPBACK, free_port

BROKERS: Final = 3
IN_SYNC: Final = 2


class ThreeBrokers:
    """Started and stopped together; one may be killed by its node id, from 1 on."""

    def __init__(self, directory: Path) -> None:
        """Nothing is started yet."""
        controllers = [free_port() for _ in range(BROKERS)]
        voters = ",".join(f"{node}@{LOOPBACK}:{port}" for node, port in enumerate(controllers, start=1))
        cluster_id = new_cluster_id()
        self.brokers = [
            EmbeddedKafka(
                directory / f"broker-{node}",
                controller_port=port,
                cluster_id=cluster_id,
                overrides={
                    "node.id": str(node),
                    "controller.quorum.voters": voters,
                    "min.insync.replicas": str(IN_SYNC),
                    "offsets.topic.replication.factor": str(BROKERS),
                    "offsets.topic.num.partitions": "4",
                    "transaction.state.log.replication.factor": str(BROKERS),
                    "transaction.state.log.min.isr": str(IN_SYNC),
                    "share.coordinator.state.topic.replication.factor": str(BROKERS),
                    "share.coordinator.state.topic.min.isr": str(IN_SYNC),
                },
            )
            for node, port in enumerate(controllers, start=1)
        ]

    @property
    def bootstrap(self) -> str:
        """All three, with commas."""
        return ",".join(broker.bootstrap for broker in self.brokers)

    def start(self) -> None:
        """Start all; none is ready without another."""
        with ThreadPoolExecutor(BROKERS) as pool:
            list(pool.map(EmbeddedKafka.start, self.brokers))

    def kill(self, node: int) -> None:
        """SIGKILL of one broker."""
        self.brokers[node - 1].kill()

    def stop(self) -> None:
        """End all; nothing of theirs is worth a clean stop."""
        for broker in self.brokers:
            broker.kill()
