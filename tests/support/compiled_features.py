"""Imported by the process that others are forked from: what takes a service seconds is done once."""

from shared.battle.family import BattleFamily
from tests.support.pokedex import load_snapshot_pokedex

BattleFamily().prepare(load_snapshot_pokedex())
