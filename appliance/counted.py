"""Numbers with their noun in the English lines of the command line: `1 run`, `2 runs`."""


def counted(count: int, one: str, many: str = "") -> str:
    """`count` with `one`, or with `many` (else `one` and an s) where it is not 1."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
