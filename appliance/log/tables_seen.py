"""Tables of what was seen beside the grid: visibility of defects by condition, and repeated shots."""

SEEN = (
    """CREATE TABLE visibility (
        run TEXT NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
        condition TEXT NOT NULL,
        packed BLOB NOT NULL,
        PRIMARY KEY (run, condition)) WITHOUT ROWID""",
    """CREATE TABLE repeats (
        run TEXT NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
        member TEXT NOT NULL,
        draw INTEGER NOT NULL,
        packed BLOB NOT NULL,
        PRIMARY KEY (run, member, draw)) WITHOUT ROWID""",
)
