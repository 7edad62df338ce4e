"""From requests to feature rows. Pure: no clock, no bus."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from contracts.models import ModelReleased
from contracts.serving import FeaturesComputed
from shared.families import Family, Refusal
from shared.pokedex import Pokedex


@dataclass(frozen=True, slots=True)
class Question:
    """A request as it came: its id, the decoded body and the sha256 of the body's bytes."""

    request_id: str
    body: Any
    body_hash: str


def body_hash(value: bytes | None) -> str:
    """sha256 of a body as received, in hex: tells a repeated question from a conflicting one."""
    return hashlib.sha256(value or b"").hexdigest()


def compute_features(
    family: Family, questions: Sequence[Question], release: ModelReleased, pokedex: Pokedex
) -> list[FeaturesComputed | Refusal]:
    """One result per question, in order; all rows of the batch are computed as one array."""
    resolved = [family.resolve(question.body, pokedex) for question in questions]
    accepted = [index for index, outcome in enumerate(resolved) if not isinstance(outcome, Refusal)]
    blocks = family.featurise([resolved[index] for index in accepted], release.feature_set, pokedex)
    results: list[FeaturesComputed | Refusal] = list(resolved)
    for index, block in zip(accepted, blocks, strict=True):
        rows, columns = block.shape
        results[index] = FeaturesComputed(
            request_id=questions[index].request_id,
            family=family.name,
            request=msgspec.json.encode(resolved[index]),
            body_hash=questions[index].body_hash,
            model_version=release.version,
            feature_set=release.feature_set,
            pokedex_hash=pokedex.pokedex_hash,
            rows=rows,
            columns=columns,
            block=np.ascontiguousarray(block, dtype="<f4").tobytes(),
            facts=family.facts(resolved[index], pokedex),
        )
    return results
