"""Search for parameters on the validation part: Optuna, which gives up poor trials early, or a fixed grid.

Trials that an interrupted search had finished are told to Optuna again, round by round, instead of
being boosted again: it suggests, prunes and chooses as it would have in one go.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

import optuna
import xgboost

from services.training.recipe import PARAMETERS, PATIENCE, ROUNDS, Binned, boost
from services.training.trial_journal import FinishedTrial, TrialJournal

GRID: Final = {"max_depth": (6, 8), "eta": (0.05, 0.1), "subsample": (0.7, 0.9)}
"""Eight combinations."""
WARM_UP_ROUNDS: Final = 20
COMPLETE: Final = optuna.trial.TrialState.COMPLETE
PRUNED: Final = optuna.trial.TrialState.PRUNED

OnSearch = Callable[[float, str], None]
"""Told after every round: the share of the search that is done at least, and what is being tried."""


@dataclass(frozen=True, slots=True)
class Found:
    """The best parameters, their validation loss, and how many trials went to their end or were pruned."""

    parameters: Mapping[str, Any]
    loss: float
    completed: int
    pruned: int


def search_key(dataset_hash: str, *, trials: int, grid: bool, seed: int, n_jobs: int) -> str:
    """Names a search: equal keys try the same combinations on the same data, and find the same losses."""
    libraries = f"xgboost {xgboost.__version__}, Optuna {optuna.__version__}"
    recipe = f"{sorted(PARAMETERS.items())} {GRID} {WARM_UP_ROUNDS} {ROUNDS} {PATIENCE}"
    # of trials the first ones are the same however many follow
    words = f"{dataset_hash} {'grid' if grid else 'trials'} {seed} {n_jobs} {libraries} {recipe}"
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def search_parameters(
    binned: Binned,
    *,
    trials: int,
    grid: bool,
    seed: int,
    on_search: OnSearch,
    rounds: int = ROUNDS,
    journal: TrialJournal | None = None,
) -> Found:
    """The best of `trials` trials, or of the whole grid. Equal seeds, equal choices.

    What `journal` holds is not boosted again, and what is finished is added to it.
    """
    kept = TrialJournal(None) if journal is None else journal
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    names = list(GRID)
    combinations = [dict(zip(names, values, strict=True)) for values in product(*GRID.values())]
    count = len(combinations) if grid else trials
    study = optuna.create_study(
        direction="minimize",
        sampler=optuna.samplers.TPESampler(seed=seed % 2**31),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=3, n_warmup_steps=WARM_UP_ROUNDS),
    )

    def objective(trial: optuna.Trial) -> float:
        parameters = combinations[trial.number] if grid else _suggest(trial)
        trial.set_user_attr("parameters", parameters)
        name = f"trial {trial.number + 1} of {count}"
        losses: list[float] = []
        finished = kept.find(trial.number, parameters)
        if finished is not None:
            on_search((trial.number + 1) / count, f"{name}, known from an earlier run")
            return _tell_again(trial, finished)

        def on_round(done: int, loss: float) -> None:
            losses.append(loss)
            share = (trial.number + min(1.0, done / rounds)) / count
            best = f", best {study.best_value:.5f}" if _of_state(study, COMPLETE) else ""
            on_search(share, f"{name}, round {done}, loss {loss:.5f}{best}")

        def finish(best: float | None) -> None:
            kept.add(FinishedTrial(trial.number, parameters, tuple(losses), best))

        try:
            booster = boost(binned, parameters, seed=seed, rounds=rounds, callback=_Pruning(trial, on_round))
        except optuna.TrialPruned:
            finish(None)
            raise
        finish(float(booster.best_score))
        return float(booster.best_score)

    study.optimize(objective, n_trials=count)
    return Found(
        parameters=dict(study.best_trial.user_attrs["parameters"]),
        loss=float(study.best_value),
        completed=_of_state(study, COMPLETE),
        pruned=_of_state(study, PRUNED),
    )


def _tell_again(trial: optuna.Trial, finished: FinishedTrial) -> float:
    for epoch, loss in enumerate(finished.losses):
        trial.report(loss, epoch)
    if finished.best is None:
        raise optuna.TrialPruned
    return finished.best


def _of_state(study: optuna.Study, state: optuna.trial.TrialState) -> int:
    return len(study.get_trials(deepcopy=False, states=(state,)))


def _suggest(trial: optuna.Trial) -> dict[str, Any]:
    return {
        "max_depth": trial.suggest_int("max_depth", 4, 10),
        "eta": trial.suggest_float("eta", 0.03, 0.2, log=True),
        "min_child_weight": trial.suggest_float("min_child_weight", 0.5, 20, log=True),
        "subsample": trial.suggest_float("subsample", 0.6, 1.0),
        "colsample_bytree": trial.suggest_float("colsample_bytree", 0.3, 1.0),
        "lambda": trial.suggest_float("lambda", 0.1, 10, log=True),
    }


class _Pruning(xgboost.callback.TrainingCallback):
    """Reports each round's validation loss; ends a trial that the pruner gives up."""

    def __init__(self, trial: optuna.Trial, on_round: Callable[[int, float], None]) -> None:
        self._trial = trial
        self._on_round = on_round

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        loss = evals_log["validation"]["logloss"][-1]
        self._on_round(epoch + 1, loss)
        self._trial.report(loss, epoch)
        if self._trial.should_prune():
            raise optuna.TrialPruned
        return False
