import pytest

from services.ingest.sources.slugs import SlugRules

RULES = SlugRules(
    [
        "vice-grip",
        "soft-boiled",
        "self-destruct",
        "u-turn",
        "nidoran-f",
        "mr-mime",
        "farfetchd",
        "pikachu-partner",
    ]
)


@pytest.mark.parametrize(
    ("written", "slug"),
    [
        ("vice-grip", "vice-grip"),
        ("vise-grip", "vice-grip"),
        ("visegrip", "vice-grip"),
        ("softboiled", "soft-boiled"),
        ("selfdestruct", "self-destruct"),
        ("U-turn", "u-turn"),
        ("nidoran-f", "nidoran-f"),
        ("mr-mime", "mr-mime"),
        ("farfetchd", "farfetchd"),
        ("pikachu-starter", "pikachu-partner"),
        ("meowth-galar", "meowth-galar"),
        ("raichu-gmax", "raichu-gmax"),
    ],
)
def test_spellings_of_sources_give_our_slug(written: str, slug: str) -> None:
    assert RULES.canonical(written) == slug
