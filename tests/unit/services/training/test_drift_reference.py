"""The shipped reference on real duels: stationary traffic is calm, each shifted mix alarms and is named."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from services.training.candidates import Candidates
from services.training.dataset import SCENARIOS, Rows
from services.training.drawing import draw_matchups, draw_stream
from services.training.drift_files import HISTOGRAMS_FILE
from services.training.drift_reference import LEAST_ROWS, write_reference
from shared.battle.features import FEATURE_NAMES, feature_rows
from shared.battle.matchups import MatchUps
from shared.battle.observing import observe_duels
from shared.battle.tables import BattleTables
from shared.drift.binning import Binning, Observed
from shared.drift.documents import ColumnScore
from shared.drift.reference import decode_reference
from shared.drift.scores import score_columns
from shared.drift.verdict import Thresholds, judge
from tests.support.pokedex import load_snapshot_pokedex
from tests.support.releases import CALIBRATION

WINDOW = 1_000
BEST = SCENARIOS.index("best_move")


@cache
def real() -> tuple[BattleTables, Candidates]:
    pokedex = load_snapshot_pokedex()
    tables = BattleTables.from_pokedex(pokedex)
    return tables, Candidates.of(tables, pokedex)


def chances_of(features: np.ndarray) -> np.ndarray:
    """The race stands for the model: what it says follows from the features."""
    return features[:, FEATURE_NAMES.index("race")].astype(np.float64)


@pytest.fixture(scope="module")
def binning(tmp_path_factory: pytest.TempPathFactory) -> Binning:
    folder, tables = tmp_path_factory.mktemp("reference"), real()[0]
    duels, scenario = draw_matchups(real()[1], "test", 4_000, seed=1)
    features = feature_rows(tables, *duels.columns())
    rows = Rows(duels, scenario, features, features, np.zeros(len(duels)), 1)
    write_reference(folder, tables, rows, chances_of(features), CALIBRATION)
    reference = decode_reference((folder / HISTOGRAMS_FILE).read_bytes())
    assert reference.rows == int((scenario == BEST).sum()) >= LEAST_ROWS, "duels of best moves alone"
    return Binning(reference)


def window(binning: Binning, duels: MatchUps) -> tuple[str, list[ColumnScore]]:
    tables = real()[0]
    names = np.array(list(tables.form_index))
    features = feature_rows(tables, *duels.columns())
    scores, words = observe_duels(
        chances_of(features), names[duels.form_a].tolist(), names[duels.form_b].tolist(), CALIBRATION
    )
    rows = [
        Observed(
            features[at].astype("<f4").tobytes(),
            tuple(float(values[at]) for values in scores.values()),
            tuple(values[at] for values in words.values()),
        )
        for at in range(len(duels))
    ]
    columns = score_columns(binning, binning.count(binning.cells(rows)))
    return judge(len(rows), columns, Thresholds())[0], columns


def best_moves(seed: int) -> MatchUps:
    duels, scenario = draw_stream(real()[1], "test", 40 * WINDOW, seed)
    return duels.take(np.flatnonzero(scenario == BEST))


def drifting(columns: list[ColumnScore]) -> set[str]:
    return {column.name for column in columns if column.drifts}


def test_stationary_windows_are_calm(binning: Binning) -> None:
    duels = best_moves(seed=2)
    levels = [
        window(binning, duels.take(slice(start, start + WINDOW)))[0]
        for start in range(0, 10 * WINDOW, WINDOW)
    ]
    assert levels == ["ok"] * 10


def test_each_shifted_mix_alarms_in_its_first_window_and_is_named(binning: Binning, tmp_path: Path) -> None:
    tables, _ = real()
    duels = best_moves(seed=3)
    slugs = list(tables.form_index)
    pokedex = load_snapshot_pokedex()
    fire = [at for at, slug in enumerate(slugs) if "fire" in pokedex.pokemon_by_slug[slug].types]
    all_fire = duels.take(np.flatnonzero(np.isin(duels.form_a, fire))[:WINDOW])
    fives = np.full(WINDOW, 5)
    level_five = replace(duels.take(slice(0, WINDOW)), level_a=fives, level_b=fives)
    ordinary = duels.take(slice(0, WINDOW))
    is_pikachu = np.arange(WINDOW) % 5 != 0
    # their best move against each foe stays; only who plays it changes where no such duel was drawn
    pikachu = np.flatnonzero(duels.form_a == slugs.index("pikachu"))
    chosen = np.where(is_pikachu, np.resize(pikachu, WINDOW), np.arange(WINDOW))
    one_pokemon = duels.take(chosen)
    assert len(all_fire) == len(one_pokemon) == len(ordinary) == WINDOW
    for mix, named in ((all_fire, "pokemon_a"), (level_five, "a_level"), (one_pokemon, "pokemon_a")):
        level, columns = window(binning, mix)
        assert level == "alarm", sorted(drifting(columns))
        assert named in drifting(columns)
    assert "a_hp" in drifting(window(binning, one_pokemon)[1])
