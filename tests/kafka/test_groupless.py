from contracts.channels import PREDICTIONS_MADE
from shared.groupless import create_groupless_consumer, partitions_of, stop_reading
from shared.topics import create_topics
from tests.support.bus import settings_for


async def test_a_consumer_that_is_stopped_before_it_has_begun_does_not_cancel_its_owner(
    kafka_bootstrap: str,
) -> None:
    await create_topics(kafka_bootstrap)
    consumer = create_groupless_consumer(settings_for(kafka_bootstrap), begin="earliest")
    await consumer.start()
    consumer.assign(partitions_of(PREDICTIONS_MADE))
    await stop_reading(None, consumer)
    assert not consumer._client._conns
