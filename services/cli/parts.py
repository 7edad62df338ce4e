"""Generated parts of documents, each between two marks."""

from typing import Final

from shared.errors import Misconfigured

END: Final = "<!-- end -->"


def with_part(file: str, text: str, part: str, content: str) -> str:
    """`text` with `content` between the marks of `part`. Raises Misconfigured when it has no such marks."""
    begin = f"<!-- generated: {part} -->"
    before, found, rest = text.partition(begin)
    _, end, after = rest.partition(END)
    if not found or not end:
        raise Misconfigured(f"{file} has no place for its {part}: add the lines {begin} and {END}.")
    return f"{before}{begin}\n{content.rstrip()}\n{END}{after}"
