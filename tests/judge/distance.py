"""How far two sequences are from each other."""

from collections.abc import Sequence


def count_edits(first: Sequence[str], second: Sequence[str]) -> int:
    """Fewest insertions, deletions and replacements that turn one into the other (Levenshtein)."""
    above = list(range(len(second) + 1))
    for row, left in enumerate(first, 1):
        current = [row]
        for column, right in enumerate(second, 1):
            replaced = above[column - 1] + (left != right)
            current.append(min(above[column] + 1, current[-1] + 1, replaced))
        above = current
    return above[-1]
