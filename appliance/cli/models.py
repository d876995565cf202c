"""`inspect-eval models list|verify|card|convert|build`: the family, its hashes, its cards and its other precisions."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from appliance.cli.options import HERE, AsJson, ProviderName, SiteDir
from appliance.counted import counted
from appliance.errors import Exit

if TYPE_CHECKING:
    from appliance.building import Built
    from models.types import Member

group = typer.Typer(name="models", help="Look at a family of models.", no_args_is_help=True)
FamilyDir = Annotated[Path | None, typer.Argument(metavar="[FOLDER]", help="A family's folder; the site's otherwise.")]


def register(app: typer.Typer) -> None:
    """Add this group to the app."""
    app.add_typer(group)


@group.command("list")
def list_(folder: FamilyDir = None, site: SiteDir = HERE, as_json: AsJson = False) -> None:
    """Print members, smallest first, with parameters and MACs. Example: inspect-eval models list"""
    from appliance.families import chosen_family

    family = chosen_family(folder, site)
    if as_json:
        rows = [_row(member) for member in family.members]
        print(json.dumps({"family": family.name, "members": rows}))
        return
    print(f"family {family.name}, {counted(len(family.members), 'member')}")
    for m in family.members:
        size = f"{m.card.width} x {m.card.height}"
        made = f"  {_gate(m)}" if m.made_from else ""
        print(
            f"{m.name:<12} {m.params:>12,} parameters {m.macs:>15,} MACs  {size} {m.card.colour}  {m.file.name}{made}"
        )


def _row(member: "Member") -> dict[str, object]:
    row: dict[str, object] = {"name": member.name, "file": str(member.file)}
    row |= {"params": member.params, "macs": member.macs, "made_from": member.made_from}
    return row | {"gate": asdict(member.gate) if member.gate else None}


def _gate(member: "Member") -> str:
    """What a converted member was made from and how it was held against it."""
    gate = member.gate
    held = f": {gate.changed} of {gate.parts} decisions changed on {gate.candidate}" if gate else ""
    return f"from {member.made_from}{held}"


@group.command()
def verify(folder: FamilyDir = None, site: SiteDir = HERE, as_json: AsJson = False) -> int:
    """Check hashes, refuse hostile files, compare reference scores. Example: inspect-eval models verify models/"""
    from appliance.families import verify_family

    findings = verify_family(folder, site)
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings]))
    else:
        for finding in findings:
            print(
                f"{finding.level:<8} {finding.member:<12} {finding.what}"
                + (f" -> {finding.mend}" if finding.mend else "")
            )
    return Exit.INPUT if any(finding.level == "error" for finding in findings) else Exit.OK


@group.command()
def card(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder of ONNX files of one family.")],
    parts: Annotated[Path | None, typer.Option(help="Labelled parts: finds the normalisation that fits.")] = None,
    out: Annotated[Path, typer.Option(help="The card file to write.")] = Path("family.toml"),
    force: Annotated[bool, typer.Option("--force", help="Replace a card file that is there.")] = False,
) -> None:
    """Draft a family's cards by looking into its files. Example: inspect-eval models card models/ --parts parts/"""
    from appliance.families import draft_card

    for sentence in draft_card(folder, parts, out, force=force):
        print(sentence)


@group.command()
def convert(
    to: Annotated[str, typer.Option(help="fp16 or int8: a new file; tf32 or bf16: how a provider computes.")],
    member: Annotated[list[str] | None, typer.Option(help="Only this member; may be repeated.")] = None,
    calibration: Annotated[str, typer.Option(help="int8 ranges: minmax, entropy or percentile.")] = "minmax",
    provider: ProviderName = None,
    site: SiteDir = HERE,
    as_json: AsJson = False,
) -> int:
    """Make members of another precision and say what it changes. Example: inspect-eval models convert --to int8"""
    from appliance.conversion import Wanted, convert_site
    from appliance.site import load_site

    say = (lambda text: print(text, file=sys.stderr)) if as_json else print
    done = convert_site(load_site(site), Wanted(to, tuple(member or ()), calibration, provider), say)
    if as_json:
        rows = [{"name": one.member.name, "file": str(one.member.file), "gate": one.gate.as_json()} for one in done]
        print(json.dumps(rows))
    else:
        print(f"added {', '.join(one.member.name for one in done)} to the family")
    return Exit.OK if all(one.gate.holds for one in done) else Exit.WARNINGS


@group.command()
def build(
    provider: ProviderName = None,
    sm: Annotated[
        str, typer.Option(help="Only for this compute capability, as 8.9; any GPU it serves otherwise.")
    ] = "",
    site: SiteDir = HERE,
    as_json: AsJson = False,
) -> int:
    """Build engines ahead of the first audit. Example: inspect-eval models build --provider rtx-native"""
    from appliance.building import build_site
    from appliance.site import load_site

    done = build_site(load_site(site), provider, sm, lambda text: print(text, file=sys.stderr))
    if as_json:
        rows = [{"member": b.member, "bytes": b.size, "error": str(b.error) if b.error else ""} for b in done]
        print(json.dumps(rows))
    for one in [] if as_json else done:
        print(_built(one))
    return next((one.error.code for one in done if one.error), Exit.OK)


def _built(one: "Built") -> str:
    """One member's line: its engine, or why there is none."""
    if one.error:
        return f"refused  {one.error}"
    size = f"{one.size:,} bytes in " if one.size else ""
    return f"ready    {one.member:<12} {size}{one.folder}"
