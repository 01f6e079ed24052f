"""The shapes of written numbers: digits in groups, and the marks between them."""

from dataclasses import dataclass

from service.text.tokens import Gap, Kind, Tokens

APOSTROPHES = "'’´"
_MAX_GROUPS = 8  # 10**24 has no more


@dataclass(frozen=True, slots=True)
class Shape:
    """Groups of digits and the marks between them, one for each two groups; the index after it all."""

    groups: tuple[str, ...]
    marks: str
    stop: int

    @property
    def marks_thousands(self) -> bool:
        """Whether all groups are thousands, whatever the country: "1,250", "1.250.300", "1'250,000"."""
        return are_thousands(self.groups) and len(set(self.marks.translate(_NO_APOSTROPHES))) <= 1

    @property
    def marks_decimals(self) -> bool:
        """Whether the last group can only be decimals: "3.5", "1.250,75"."""
        before, last = self.marks[:-1], self.marks[-1]
        plain = set(before.translate(_NO_APOSTROPHES))
        if last in APOSTROPHES or last in plain or len(plain) > 1:
            return False
        return not before or are_thousands(self.groups[:-1])


_NO_APOSTROPHES = str.maketrans("", "", APOSTROPHES)


def find_shape(tokens: Tokens, index: int) -> Shape:
    """The shape that starts with the digits at `index`; those alone if they are too many or the middle of more."""
    alone = Shape((tokens[index].text,), "", index + 1)
    if joins_digits(tokens, index - 1):
        return alone
    groups, marks, at = [tokens[index].text], "", index + 1
    while joins_digits(tokens, at):
        if len(groups) == _MAX_GROUPS:
            return alone
        marks += tokens[at].text
        groups.append(tokens[at + 1].text)
        at += 2
    return Shape(tuple(groups), marks, at)


def find_spaced(tokens: Tokens, index: int) -> Shape | None:
    """The thousands that start at `index` if spaces part them: "1 250 000"."""
    if tokens[index - 1].kind is Kind.DIGITS:
        return None
    groups, at = [tokens[index].text], index + 1
    while len(groups) <= _MAX_GROUPS and tokens[at].kind is Kind.DIGITS and tokens[at].gap is Gap.SPACE:
        groups.append(tokens[at].text)
        at += 1
    return Shape(tuple(groups), " " * (len(groups) - 1), at) if len(groups) > 1 and are_thousands(groups) else None


def joins_digits(tokens: Tokens, index: int) -> bool:
    """Whether a point, a comma or an apostrophe at `index` stands between digits."""
    mark, after = tokens[index], tokens[index + 1]
    if not (mark.is_mark(".," + APOSTROPHES) and mark.glued and after.glued):
        return False
    return tokens[index - 1].kind is after.kind is Kind.DIGITS


def are_thousands(groups: tuple[str, ...] | list[str]) -> bool:
    """Whether the first group has one to three digits, no zero before them, and all others three."""
    head, *rest = groups
    return head[0] != "0" and len(head) <= 3 and all(len(group) == 3 for group in rest)
