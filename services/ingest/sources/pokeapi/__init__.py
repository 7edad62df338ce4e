"""PokéAPI as a source: fetching, the shapes of its JSON, and what they say of these games."""

from services.ingest.sources.pokeapi.source import PokeApiSource

__all__ = ["PokeApiSource"]
