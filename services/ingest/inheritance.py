"""What a Pokémon knows from its earlier forms. Pure."""

from collections.abc import Iterable, Mapping

from contracts.pokedex import LearnedMove
from services.ingest.snapshot import LearnsetRow, PokemonRow


def complete_learnsets(
    pokemon: Iterable[PokemonRow],
    learnsets: Iterable[LearnsetRow],
    evolves_from: Mapping[str, str],
    move_ids: Mapping[str, int],
) -> dict[str, tuple[LearnedMove, ...]]:
    """Learnset per Pokémon: its own rows, then what it inherits, by move id.

    An evolved Pokémon inherits what its pre-evolution knows and it does not learn itself. The
    lineage is that of the form: an Alolan form without an Alolan pre-evolution inherits nothing. A
    Mega has the moves of its base form. Nothing inherited names a level.
    """
    rows = tuple(pokemon)
    base_of = {row.slug: row.species for row in rows if row.form == "mega"}
    own: dict[str, list[LearnedMove]] = {row.slug: [] for row in rows}
    for learned in learnsets:
        own.setdefault(learned.pokemon, []).append(LearnedMove(learned.move, learned.method, learned.level))
    complete: dict[str, tuple[LearnedMove, ...]] = {}

    def resolve(slug: str, descendants: frozenset[str]) -> tuple[LearnedMove, ...]:
        if slug in complete:
            return complete[slug]
        parent = base_of.get(slug) or evolves_from.get(slug)
        known = {learned.move for learned in own.get(slug, ())}
        inherited: set[str] = set()
        if parent is not None and parent not in descendants:
            ancestral = resolve(parent, descendants | {slug})
            inherited = {learned.move for learned in ancestral} - known
        ordered = sorted(inherited, key=lambda move: (move_ids.get(move, 0), move))
        complete[slug] = (*own.get(slug, ()), *(LearnedMove(move, "inherited") for move in ordered))
        return complete[slug]

    for row in rows:
        resolve(row.slug, frozenset())
    return complete
