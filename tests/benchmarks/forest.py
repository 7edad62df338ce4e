"""The model that is served and measured: ONNX, the native forest of the same trees, and rows to score."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import xgboost
from numpy.typing import NDArray

from contracts.models import TrainingRequested
from services.training import recipe
from services.training.building import build_part
from services.training.candidates import Candidates
from services.training.dataset import DatasetSize, Rows, play_block
from services.training.report import METRICS_FILE
from services.training.reports import FIRST_SIZE
from shared.battle.features import FEATURE_NAMES
from tests.support.battle import real_tables
from tests.support.pokedex import load_snapshot_pokedex

QUICK: Final = DatasetSize(train=20_000, validation=2_000, test=0, train_battles=30, judging_battles=100)
TINY: Final = DatasetSize(train=300, validation=100, test=0, train_battles=4, judging_battles=4)
FIRST: Final = replace(FIRST_SIZE, test=0)
"""Of the first model of `dex up`, whose test parts say nothing to the training."""
FIRST_SEED: Final = TrainingRequested(family="battle").seed
SEED: Final = 7
_NO_PARENT: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Parity:
    """What a training said of its export: largest difference of a chance, on so many rows."""

    difference: float
    rows: int


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """One model twice. `rows` are feature rows of real match-ups, which neither side was told to expect.

    `stated` is the parity of a release, whose `booster` is made of the export: it shows no mistake in it.
    """

    onnx: bytes
    booster: xgboost.Booster
    rows: NDArray[np.float32]
    origin: str
    stated: Parity | None = None

    @property
    def trees(self) -> int:
        """Trees of the forest."""
        return int(self.booster.num_boosted_rounds())

    def classifier(self) -> xgboost.XGBClassifier:
        """The native forest as training code would call it, on one thread."""
        made = xgboost.XGBClassifier(n_jobs=1)
        made.load_model(self.booster.save_raw("ubj"))
        made.get_booster().set_param({"nthread": 1})
        return made


def serving(model_from: Path | None, data: Path, *, quick: bool) -> Forest:
    """The model of a run: a release of `model_from`, which must hold one; else of `data`; else grown here.

    A quick run grows a small one, others that of a first start. Raises FileNotFoundError.
    """
    if model_from is not None:
        return released(model_from)
    try:
        return released(data)
    except FileNotFoundError:
        return grow(QUICK) if quick else grow(FIRST, seed=FIRST_SEED)


def grow(size: DatasetSize, rounds: int = recipe.ROUNDS, seed: int = SEED) -> Forest:
    """Train with the recipe that ships, on so many match-ups."""
    train, validation = draw_rows("train", size, seed), draw_rows("validation", size, seed)
    binned = recipe.bin_rows(train, validation, n_jobs=2)
    model = recipe.train(binned, {}, seed=seed, on_progress=lambda *_: None, rounds=rounds)
    kind = "the model of a first start, " if (size, seed) == (FIRST, FIRST_SEED) else ""
    origin = f"{kind}{model.rounds} trees grown for this run on {size.train:,} match-ups"
    return Forest(model.onnx, model.booster, np.concatenate([train.features, validation.features]), origin)


def released(data: Path) -> Forest:
    """The newest release of a data directory that has the features of this build.

    Raises FileNotFoundError when it has none.
    """
    for kept in sorted((data / "trainings").glob(f"*/{METRICS_FILE}"), reverse=True):
        version = kept.parent.name
        # a version ends with the first digits of its artefact's hash
        for file in (data / "artifacts").rglob(f"{version.rpartition('-')[2]}*"):
            content = file.read_bytes()
            if columns_of(content) == len(FEATURE_NAMES):
                return _release(version, content, json.loads(kept.read_bytes()))
    raise FileNotFoundError(
        f"{data} holds no release of {len(FEATURE_NAMES)} features: run `./dex up` there first"
    )


def _release(version: str, content: bytes, metrics: Mapping[str, float]) -> Forest:
    booster = native(content)
    rows = draw_rows(
        "test", DatasetSize(train=0, validation=0, test=20_000, train_battles=1, judging_battles=1)
    )
    match_ups = int(metrics["train_rows"])
    return Forest(
        content,
        booster,
        rows.features,
        f"release {version}, {booster.num_boosted_rounds()} trees on {match_ups:,} match-ups",
        Parity(metrics["onnx_difference"], int(metrics["onnx_rows"])),
    )


def columns_of(content: bytes) -> int:
    """Features that an exported forest takes."""
    (given,) = onnx.load_from_string(content).graph.input
    return int(given.type.tensor_type.shape.dim[1].dim_value)


def draw_rows(part: Any, size: DatasetSize, seed: int = SEED) -> Rows:
    """Match-ups of one part, played and featurised on this process."""
    pokedex, tables = load_snapshot_pokedex(), real_tables()
    candidates = Candidates.of(tables, pokedex)
    return build_part(
        candidates,
        part,
        size,
        seed,
        lambda blocks, battles, seed, _: (play_block(tables, block, battles, seed) for block in blocks),
        lambda _: None,
    )


def native(content: bytes) -> xgboost.Booster:
    """The trees of an exported forest as XGBoost has them: what was trained is not in the store.

    It shows how fast they are, and that ONNX Runtime adds them up alike; what the training found between its
    own trees and the export is in the figures of the release.
    """
    (node,) = [
        one for one in onnx.load_from_string(content).graph.node if one.op_type == "TreeEnsembleClassifier"
    ]
    given = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
    leaves = {
        (tree, leaf): weight
        for tree, leaf, weight in zip(
            given["class_treeids"], given["class_nodeids"], given["class_weights"], strict=True
        )
    }
    columns = ("featureids", "values", "modes", "truenodeids", "falsenodeids", "missing_value_tracks_true")
    trees: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for tree, number, *rest in zip(
        given["nodes_treeids"],
        given["nodes_nodeids"],
        *(given[f"nodes_{column}"] for column in columns),
        strict=True,
    ):
        trees[tree].append((number, *rest))
    dummy = np.zeros((2, len(FEATURE_NAMES)), dtype=np.float32)
    parameters = {"objective": "binary:logistic", "base_score": 0.5, "max_depth": 1}
    booster = xgboost.train(parameters, xgboost.DMatrix(dummy, [0, 1]), 1)
    model = json.loads(bytes(booster.save_raw("json")))
    ensemble = model["learner"]["gradient_booster"]["model"]
    ensemble["trees"] = [_tree(tree, sorted(nodes), leaves) for tree, nodes in sorted(trees.items())]
    ensemble["tree_info"] = [0] * len(trees)
    ensemble["iteration_indptr"] = list(range(len(trees) + 1))
    ensemble["gbtree_model_param"]["num_trees"] = str(len(trees))
    booster = xgboost.Booster()
    booster.load_model(bytearray(json.dumps(model).encode()))
    return booster


def _tree(number: int, nodes: list[tuple[Any, ...]], leaves: dict[tuple[int, int], float]) -> dict[str, Any]:
    count = len(nodes)
    # XGBoost finds a right child beside its left one; the export numbers depth first
    order, parents = [0], [_NO_PARENT]
    left_children, right_children = [-1] * count, [-1] * count
    for place, node in enumerate(order):
        _, _, _, mode, left, right, _ = nodes[node]
        if mode != b"LEAF":
            left_children[place], right_children[place] = len(order), len(order) + 1
            order += [left, right]
            parents += [place, place]
    conditions = [leaves.get((number, node), nodes[node][2]) for node in order]
    return {
        "id": number,
        "left_children": left_children,
        "right_children": right_children,
        "split_indices": [nodes[node][1] for node in order],
        "split_conditions": conditions,
        "default_left": [nodes[node][6] for node in order],
        "parents": parents,
        "base_weights": conditions,
        **{
            name: [] for name in ("categories", "categories_nodes", "categories_segments", "categories_sizes")
        },
        "loss_changes": [0.0] * count,
        "sum_hessian": [1.0] * count,
        "split_type": [0] * count,
        "tree_param": {
            "num_deleted": "0",
            "num_feature": str(len(FEATURE_NAMES)),
            "num_nodes": str(count),
            "size_leaf_vector": "1",
        },
    }
