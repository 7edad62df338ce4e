"""The model that is served and measured: ONNX, the native forest of the same trees, and rows to score."""

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import xgboost
from numpy.typing import NDArray

from services.training import recipe
from services.training.building import build_part
from services.training.candidates import Candidates
from services.training.dataset import DatasetSize, Rows, play_block
from shared.battle.features import FEATURE_NAMES
from tests.support.battle import real_tables
from tests.support.pokedex import load_snapshot_pokedex

QUICK: Final = DatasetSize(train=20_000, validation=2_000, test=0, train_battles=30, judging_battles=100)
TINY: Final = DatasetSize(train=300, validation=100, test=0, train_battles=4, judging_battles=4)
SEED: Final = 7
_NO_PARENT: Final = 2**31 - 1


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """One model twice. `rows` are feature rows of real match-ups, which neither side was told to expect."""

    onnx: bytes
    booster: xgboost.Booster
    rows: NDArray[np.float32]
    origin: str

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


def grow(size: DatasetSize, rounds: int = recipe.ROUNDS) -> Forest:
    """Train with the recipe that ships, on few match-ups."""
    train, validation = draw_rows("train", size), draw_rows("validation", size)
    binned = recipe.bin_rows(train, validation, n_jobs=2)
    model = recipe.train(binned, {}, seed=SEED, on_progress=lambda *_: None, rounds=rounds)
    origin = f"{model.rounds} trees grown for this run on {size.train:,} match-ups"
    return Forest(model.onnx, model.booster, np.concatenate([train.features, validation.features]), origin)


def released(data: Path) -> Forest:
    """The newest release of a data directory. Raises FileNotFoundError when it has none."""
    files = [file for file in (data / "artifacts").rglob("*") if file.is_file() and _is_model(file)]
    if not files:
        raise FileNotFoundError(f"{data}/artifacts holds no release: run `./dex up` there first")
    newest = max(files, key=lambda file: file.stat().st_mtime)
    content = newest.read_bytes()
    booster = native(content)
    rows = draw_rows(
        "test", DatasetSize(train=0, validation=0, test=20_000, train_battles=1, judging_battles=1)
    )
    trees = booster.num_boosted_rounds()
    return Forest(content, booster, rows.features, f"release {newest.name[:12]} of {trees} trees")


def _is_model(file: Path) -> bool:
    """Drift references lie there too, as JSON and as Parquet."""
    return "." not in file.name and file.read_bytes()[:1] not in (b"{", b"P")


def draw_rows(part: Any, size: DatasetSize) -> Rows:
    """Match-ups of one part, played and featurised on this process."""
    pokedex, tables = load_snapshot_pokedex(), real_tables()
    candidates = Candidates.of(tables, pokedex)
    return build_part(
        candidates,
        part,
        size,
        SEED,
        lambda blocks, battles, seed, _: (play_block(tables, block, battles, seed) for block in blocks),
        lambda _: None,
    )


def native(content: bytes) -> xgboost.Booster:
    """The trees of an exported forest as XGBoost has them: what was trained is not in the store.

    P4 compares both on 20,000 rows, so that a mistake here is seen.
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
