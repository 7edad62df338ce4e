import unicodedata
from dataclasses import replace

import msgspec
import pytest

from services.ingest.names import normalise_name, normalise_names
from tests.support.pokedex import load_packaged_snapshot


@pytest.mark.parametrize(
    ("written", "published"),
    [
        ("M. Mime", "M. Mime"),
        (unicodedata.normalize("NFD", "Évoli"), "Évoli"),
        ("Farfetch\u2019d", "Farfetch'd"),
        ("  Vive\u2010Attaque ", "Vive-Attaque"),
        ("Raichu\u00a0d\u2019Alola", "Raichu d'Alola"),
        ("Nidoran♀", "Nidoran♀"),
    ],
)
def test_a_name_has_one_spelling(written: str, published: str) -> None:
    assert normalise_name(written) == published


def test_the_packaged_names_are_as_they_are_published() -> None:
    assert normalise_names(load_packaged_snapshot()) == load_packaged_snapshot()


def test_every_table_with_names_is_normalised() -> None:
    snapshot = load_packaged_snapshot()
    tables = ("species", "pokemon", "types", "moves")
    wide = replace(
        snapshot,
        **{
            table: tuple(
                msgspec.structs.replace(row, name_en=f" {row.name_en}", name_fr=f"{row.name_fr} ")
                for row in getattr(snapshot, table)
            )
            for table in tables
        },
    )
    assert normalise_names(wide) == snapshot
