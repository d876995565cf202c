"""The schema of log.db and its migrations: each runs in one transaction with the record that it ran.

A migration is never edited once released: what changes is a new one below it. Words are METHODS section 1's.
"""

from contextlib import closing
from functools import cache
from pathlib import Path
from sqlite3 import SQLITE_ERROR, Connection, OperationalError, connect

from sqlite_utils import Database, Migrations

from appliance.errors import InputRefused, MachineFailed
from appliance.log import advices, cost_tables
from appliance.log.connect import named_faults, transaction
from appliance.log.copying import copy_database
from appliance.log.probing import TABLES as PROBE_TABLES
from appliance.log.tables import INDEXES, SAID, TABLES
from appliance.log.tables_scores import COST_STATE, SCORES
from appliance.log.tables_seen import SEEN
from appliance.log.views import VIEWS
from appliance.log.watching import CHART_INDEX
from appliance.log.watching import INDEXES as WATCH_INDEXES
from appliance.log.watching import TABLES as WATCH_TABLES
from appliance.log.watching import VIEWS as WATCH_VIEWS

APPLICATION_ID = 0x494E5350  # "INSP": `file log.db` and our own check tell a log from any other database


class LogMigrations(Migrations):
    """The log's migrations, recorded in its table `migrations`."""

    migrations_table = "migrations"


MIGRATIONS = LogMigrations("log")


@MIGRATIONS()
def first(db: Database) -> None:
    """Runs, their members, conditions and parts, cells with packed outcomes, costs, warnings."""
    for statement in (*TABLES, *INDEXES):
        db.execute(statement)
    for name, select in VIEWS.items():
        db.create_view(name, select)
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")


@MIGRATIONS()
def cost_records(db: Database) -> None:
    """What `inspect-eval cost` measured."""
    cost_tables.create(db)


@MIGRATIONS()
def watching(db: Database) -> None:
    """Nights, baselines, readings against a baseline, alerts with notes and deliveries, pictures of the line."""
    for statement in (*WATCH_TABLES, *WATCH_INDEXES):
        db.execute(statement)


@MIGRATIONS()
def decisions(db: Database) -> None:
    """What was advised of a run, with prices, mix and seed."""
    advices.create(db)


@MIGRATIONS()
def scores(db: Database) -> None:
    """Scored summaries of runs, and a row a member for trends."""
    for statement in SCORES:
        db.execute(statement)


@MIGRATIONS()
def seen(db: Database) -> None:
    """How visible masked defects are under each condition, and outcomes of repeated shots."""
    for statement in SEEN:
        db.execute(statement)


@MIGRATIONS()
def watch_views(db: Database) -> None:
    """Nights, readings and alerts with plain names."""
    for name, select in WATCH_VIEWS.items():
        db.create_view(name, select)


@MIGRATIONS()
def probing(db: Database) -> None:
    """Probes: the mildest flip of every part and member."""
    for statement in PROBE_TABLES:
        db.execute(statement)


@MIGRATIONS()
def charts(db: Database) -> None:
    """The readings that control charts show, member by member: a year has a reading for every cell besides."""
    db.execute(CHART_INDEX)


@MIGRATIONS()
def cost_states(db: Database) -> None:
    """Whether the latency of a night can be relied on."""
    db.execute(COST_STATE)


@MIGRATIONS()
def said_warnings(db: Database) -> None:
    """Warnings as sentence and values, to be said in other languages."""
    db.execute(SAID)


def database(conn: Connection) -> Database:
    """The sqlite-utils view of a connection, without third-party plugins."""
    return Database(conn, execute_plugins=False)


def identify(conn: Connection, path: Path) -> bool:
    """True where the file is a log already, False where it is empty.

    Raises InputRefused for another program's database and for a log of a newer version.
    """
    if not is_log(conn, path):
        return False
    _refuse_newer(conn, path)
    return True


def is_log(conn: Connection, path: Path) -> bool:
    """As `identify`, of whatever version."""
    with named_faults(path):
        mark = conn.execute("PRAGMA application_id").fetchone()[0]
        try:
            tables = conn.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        except OperationalError as error:
            if error.sqlite_errorcode != SQLITE_ERROR:
                raise
            what, mend = "the log's header is damaged", "bring back a backup with `inspect-eval log restore`"
            raise MachineFailed(f"{what}: {error}", file=str(path), mend=mend) from error
    if mark == APPLICATION_ID:
        return True
    if tables or mark:
        raise InputRefused(
            "is a database of another program, not a log", file=str(path), mend="choose another place for the log"
        )
    return False


def _refuse_newer(conn: Connection, path: Path) -> None:
    unknown = sorted(applied(conn) - known())
    if unknown:
        raise InputRefused(
            f"the log was written by a newer version (schema {', '.join(unknown)})",
            file=str(path),
            mend="install that version, or `inspect-eval log restore` the copy made before the upgrade",
        )


@cache
def known() -> frozenset[str]:
    """Names of the migrations this version knows."""
    with closing(connect(":memory:")) as empty:
        return frozenset(m.name for m in MIGRATIONS.pending(database(empty)))


def applied(conn: Connection) -> set[str]:
    """Names of the migrations that the file has had. Asked in SQL: every page of the dashboard opens the log anew."""
    table = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    if conn.execute(table, (MIGRATIONS.migrations_table,)).fetchone() is None:
        return set()
    sql = f"SELECT name FROM {MIGRATIONS.migrations_table} WHERE migration_set = ?"  # noqa: S608 - our own name
    return {str(name) for (name,) in conn.execute(sql, (MIGRATIONS.name,))}


def is_older(conn: Connection) -> bool:
    """Whether the file lacks migrations of this version."""
    return not known() <= applied(conn)


def pending(conn: Connection) -> list[str]:
    """Names of the migrations the file still lacks, in order."""
    return [m.name for m in MIGRATIONS.pending(database(conn))]


def migrate(conn: Connection, path: Path) -> None:
    """Bring the file to this version's schema; killed at any moment it is the old one or the new one.

    A log that holds runs is first copied to `log.db.before-<migration>`. The write lock is held over both, so the
    copy is exact, and a second process finds nothing left to do.
    """
    if not pending(conn):
        return
    with transaction(conn, path):
        left = pending(conn)
        if left and applied(conn):
            copy_database(path, path.with_name(f"{path.name}.before-{left[0]}"))
        MIGRATIONS.apply(database(conn))
