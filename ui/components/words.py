"""The shared words of the Pokédex in the visitor's language."""

from shared.pokedex_words import Words
from shared.wording import Language


def in_language(words: Words, language: Language) -> str:
    """`words` in `language`, with the typographic apostrophe that the pages use."""
    return (words.fr if language == "fr" else words.en).replace("'", "’")
