from contracts.channels import BATTLE_REQUESTED, CHANNELS, MODEL_RELEASED
from shared.topics import TopicSpec, explain_mismatch, topic_specs


def spec(name: str) -> TopicSpec:
    return next(one for one in topic_specs() if one.name == name)


def test_every_channel_and_dead_letter_twin_has_a_topic() -> None:
    names = {one.name for one in topic_specs()}
    assert names >= {channel.name for channel in CHANNELS}
    assert {channel.dead_letter_name for channel in CHANNELS if channel.dead_letters} <= names


def test_settings_come_from_the_table() -> None:
    assert spec(BATTLE_REQUESTED.name).partitions == 4
    assert spec(MODEL_RELEASED.name).config["cleanup.policy"] == "compact"
    assert spec(BATTLE_REQUESTED.dead_letter_name).config["cleanup.policy"] == "delete"


def test_a_matching_topic_has_no_fault() -> None:
    wanted = spec(BATTLE_REQUESTED.name)
    assert explain_mismatch(wanted, wanted.partitions, wanted.config) == ""


def test_each_fault_comes_with_its_remedy() -> None:
    wanted = spec(BATTLE_REQUESTED.name)
    few = explain_mismatch(wanted, 1, wanted.config)
    assert "1 partitions instead of 4" in few
    assert "--alter" in few
    many = explain_mismatch(wanted, 9, wanted.config)
    assert "cannot be taken away" in many
    policy = explain_mismatch(wanted, 4, {**wanted.config, "cleanup.policy": "compact"})
    assert "cleanup.policy=compact instead of delete" in policy
