"""One run as one self-contained HTML file: no script, no address outside the file."""

import os
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

from markupsafe import Markup

from appliance.errors import MachineFailed
from appliance.language.tongue import spoken
from appliance.report import words
from appliance.report.page import render, style_sheet
from appliance.report.pictures import Picture
from appliance.report.sections import Section, SectionMaker, makers
from appliance.report.text import lead_of
from appliance.report.view_limits import board
from appliance.score.summary_types import Summary


def page_policy(style: str) -> str:
    """Content security policy: nothing but this very style sheet and pictures inside the file."""
    digest = b64encode(sha256(style.encode()).digest()).decode("ascii")
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


def _sections(summary: Summary, picture: Picture | None, extra: Sequence[SectionMaker]) -> list[Section]:
    """By rank; a section of `extra` takes the place of the built-in one with its anchor."""
    made = (maker(summary) for maker in (*makers(picture), *extra))
    kept = {section.anchor: section for section in made if section is not None}
    return sorted(kept.values(), key=lambda section: section.rank)


def report_html(summary: Summary, picture: Picture | None = None, extra: Sequence[SectionMaker] = ()) -> str:
    """The whole page as text.

    `picture(part id, condition key)` gives an encoded PNG or JPEG, or None; `extra` adds sections of other areas.
    """
    sections = _sections(summary, picture, extra)
    style = "\n".join([style_sheet(), *(section.css for section in sections if section.css)])
    if "</" in style:
        raise ValueError("a section's css must not hold markup")
    lead, reasons = lead_of(summary.verdict)
    return str(
        render(
            "page.html",
            lead=lead,
            reasons=reasons,
            language=spoken().language,
            summary=summary,
            head=summary.record.head,
            state=str(summary.record.tail.state) if summary.record.tail else "running",
            board=board(summary),
            sections=sections,
            style=Markup(style),  # noqa: S704 - our own style sheet, checked above
            policy=page_policy(style),
        )
    )


def _replace(path: Path, data: bytes) -> None:
    """Write beside `path`, then move into its place: a reader sees the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as part:
        try:
            part.write(data)
            part.flush()
            os.fsync(part.fileno())
            Path(part.name).chmod(0o644)
            Path(part.name).replace(path)
        except OSError:
            Path(part.name).unlink(missing_ok=True)
            raise


def write_report(
    summary: Summary, path: Path, picture: Picture | None = None, extra: Sequence[SectionMaker] = ()
) -> None:
    """Write the report of one run to `path`, whole or not at all. Raises MachineFailed where it cannot be written."""
    write_whole(path, report_html(summary, picture, extra).encode())


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all. Raises MachineFailed where it cannot be written."""
    try:
        _replace(path, data)
    except OSError as error:
        reason = error.strerror or str(error)
        raise MachineFailed(words.WRITE_FAILED.format(reason=reason), file=str(path), mend=words.WRITE_MEND) from error
