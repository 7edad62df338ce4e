"""Poképédia as a source: its learnset pages, read by a spider in a process of its own."""

from services.ingest.sources.pokepedia.source import PokepediaSource

__all__ = ["PokepediaSource"]
