import importlib
import pkgutil
from collections.abc import Iterator
from string import Formatter
from typing import get_args, get_type_hints

import pytest

from contracts.pokedex import IngestStep, PokedexRefreshCompleted, SourceName
from contracts.serving import RefusalReason
from shared import errors
from shared.wording import Text
from ui import texts
from ui.texts import answer, refresh

MODULES = tuple(
    importlib.import_module(f"{texts.__name__}.{module.name}")
    for module in pkgutil.iter_modules(texts.__path__)
)


def _all_texts() -> Iterator[tuple[str, Text]]:
    for module in MODULES:
        for name, value in vars(module).items():
            parts = (
                value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else (value,)
            )
            for part in parts:
                for item in part if isinstance(part, tuple) else (part,):
                    if isinstance(item, Text):
                        yield f"{module.__name__}.{name}", item


@pytest.mark.parametrize(("name", "text"), list(_all_texts()))
def test_every_sentence_exists_in_both_languages_with_the_same_values(name: str, text: Text) -> None:
    assert text.en.strip(), name
    assert text.fr.strip(), name
    fields = [{field for _, field, _, _ in Formatter().parse(line) if field} for line in (text.en, text.fr)]
    assert fields[0] == fields[1], name


def test_every_word_of_the_contracts_is_translated() -> None:
    assert set(answer.REFUSAL_REASONS) == set(answer.REFUSAL_REMEDIES) == set(get_args(RefusalReason))
    assert set(refresh.SOURCES) == set(refresh.SOURCE_NOTES) == set(get_args(SourceName))
    assert set(refresh.STEPS) == set(get_args(IngestStep))
    outcomes = get_type_hints(PokedexRefreshCompleted)["outcome"]
    assert set(refresh.OUTCOMES) == set(get_args(outcomes))


def test_every_failed_call_is_said_in_plain_words() -> None:
    assert set(answer.FAILURES) == {kind.__name__ for kind in errors.CallFailed.__subclasses__()}
