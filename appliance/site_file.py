"""Writing site.toml: what was found as live lines, every assumption as a commented default that explains itself."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import tomlkit
from pydantic import BaseModel
from tomlkit.container import Container
from tomlkit.items import Table

from appliance.errors import MachineFailed, UsageError
from appliance.sections.perturbations import EXAMPLE
from appliance.site import SITE_FILE, Site, parse_site

HEAD = "What is commented out is a default the site assumes; take the # away to change it."

Values = Mapping[str, Mapping[str, Any]]
"""Section -> key -> value; a nested section is a mapping among the values."""


def site_toml(values: Values, notes: Mapping[str, str] | None = None) -> str:
    """The text of a site.toml. `values` become live lines; every other key a commented default.

    `notes` say behind a live line, by its dotted key, how its value was found.
    """
    document = tomlkit.document()
    document.add(tomlkit.comment(HEAD))
    for name, field in Site.model_fields.items():
        if _is_section(field.annotation):
            document.add(tomlkit.nl())
            document.add(name, _table(_section(field.annotation), values.get(name, {}), notes or {}, name))
    for line in EXAMPLE.splitlines():
        document.add(tomlkit.comment(line) if line else tomlkit.nl())
    return tomlkit.dumps(document)


def write_site(folder: Path, values: Values, notes: Mapping[str, str] | None = None, *, replace: bool = False) -> Site:
    """Write `folder`/site.toml and return the site it makes.

    Raises UsageError where there is one already (unless `replace`) or a value is not allowed, and MachineFailed where
    the folder cannot be written.
    """
    file = folder / SITE_FILE
    if file.exists() and not replace:
        raise UsageError("there is a site here already", file=str(file), mend="use another folder, or --force")
    text = site_toml(values, notes)
    site = parse_site(text, folder.resolve())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise MachineFailed(f"cannot be written: {error.strerror}", file=str(file), mend="check the folder") from error
    return site


def _table(model: type[BaseModel], given: Mapping[str, Any], notes: Mapping[str, str], path: str) -> Table:
    table = tomlkit.table()
    nested = {name for name, field in model.model_fields.items() if _is_section(field.annotation)}
    for name, field in model.model_fields.items():
        if name not in nested:
            meaning = field.description or ""
            comment = notes.get(f"{path}.{name}", meaning) if name in given else meaning
            _line(table, name, given, field.get_default(), comment)
    for name in nested & given.keys():
        table.add(tomlkit.nl())
        table.add(name, _table(_section(model.model_fields[name].annotation), given[name], notes, f"{path}.{name}"))
    return table


def _line(table: Table, name: str, given: Mapping[str, Any], default: Any, comment: str) -> None:
    if name in given:
        value = tomlkit.item(_plain(given[name]))
        table.add(name, value.comment(comment))
    else:
        table.add(tomlkit.comment(f"{_key_value(name, default)}  # {comment}"))


def _key_value(name: str, value: Any) -> str:
    line = Container()
    line.append(name, tomlkit.item(_plain(value)))
    return line.as_string().strip()


def _plain(value: Any) -> Any:
    if value is None:
        return "none"
    if isinstance(value, Mapping):
        table = tomlkit.inline_table()
        table.update({key: _plain(inner) for key, inner in value.items()})
        return table
    return list(value) if isinstance(value, tuple) else value


def _is_section(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _section(annotation: Any) -> type[BaseModel]:
    return cast(type[BaseModel], annotation)
