"""`inspect-eval init`: a site from two folders."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from appliance.cli.options import HERE, SiteDir
from appliance.errors import Exit, UsageError
from appliance.language.terminal import again, w

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.parts.types import LeftOut
    from appliance.setup import Answers, InitPlan

MOST_CAUTIONS = 8


def register(app: typer.Typer) -> None:
    """Add this command to the app."""
    app.command()(init)


def told(text: str, **more: Any) -> Any:
    """An option that answers one question; empty where it is not given."""
    return typer.Option(help=text, **more)


Folder = Path | None
Words = list[str] | None


def init(  # noqa: PLR0913, PLR0917 - one option a question: whoever has no terminal needs them all
    parts: Annotated[Folder, told("Folder of labelled pictures.", metavar="DIR")] = None,
    family: Annotated[Folder, told("Folder of one family's ONNX models.", metavar="DIR")] = None,
    site: SiteDir = HERE,
    name: Annotated[str, told("The family, where several lie together.")] = "",
    layout: Annotated[str, told("folders, classes, mvtec, csv, names or annotations.")] = "",
    ok: Annotated[Words, told("Folder, class or label that means OK; may be repeated.")] = None,
    ng: Annotated[Words, told("Folder, class or label that means NG; may be repeated.")] = None,
    ok_pattern: Annotated[str, told("Regular expression found in the names of OK parts.")] = "",
    ng_pattern: Annotated[str, told("Regular expression found in the names of NG parts.")] = "",
    group: Annotated[str, told("Regular expression whose first bracket is a part's lot or source.")] = "",
    mask_defect: Annotated[str, told("Colour of the defect in a mask: white or black.")] = "",
    classes: Annotated[str, told("The models' class names in order, comma-separated.")] = "",
    ok_classes: Annotated[str, told("Those of them that mean OK, comma-separated.")] = "",
    ok_class: Annotated[str, told("Which of two outputs means OK: 0 or 1.")] = "",
    output: Annotated[str, told("What the output means: logits, probabilities or anomaly.")] = "",
    output_name: Annotated[str, told("Which output holds the verdict.")] = "",
    threshold: Annotated[str, told("NG over this probability or anomaly score.")] = "",
    normalisation: Annotated[str, told("How pictures are scaled, as imagenet-rgb; tried out otherwise.")] = "",
    resize: Annotated[str, told("stretch, letterbox or crop.")] = "",
    input_size: Annotated[str, told("Height x width, where the models take any.")] = "",
    channel_layout: Annotated[str, told("NCHW or NHWC, where the shape does not tell.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace the site that is here.")] = False,
    refresh: Annotated[bool, typer.Option("--refresh", help="Accept the parts as they are now.")] = False,
) -> int:
    """Look at parts and models and write a site for them. Example: inspect-eval init --parts DIR --family DIR"""
    if refresh:
        return _refresh(site)
    if parts is None or family is None:
        raise UsageError("a site needs pictures and models", mend="name both: --parts DIR --family DIR")
    masks = {"defect": mask_defect} if mask_defect else None
    about_parts = _given(
        layout=layout, ok=ok, ng=ng, ok_pattern=ok_pattern, ng_pattern=ng_pattern, group=group, masks=masks
    )
    read = _given(classes=classes, ok_classes=ok_classes, ok_class=ok_class, output=output, output_name=output_name)
    fed = _given(normalisation=normalisation, resize=resize, size=input_size, layout=channel_layout)
    about_models = read | fed | _given(threshold=threshold)
    return _new(site, parts, family, about_parts, about_models, name=name or None, force=force)


def _given(**answers: Any) -> dict[str, Any]:
    """The answers that were given."""
    return {key: value for key, value in answers.items() if value}


def _new(
    site: Path,
    parts: Path,
    family: Path,
    about_parts: dict[str, Any],
    about_models: dict[str, Any],
    *,
    name: str | None,
    force: bool,
) -> int:
    """Look, ask what is open where a person is there to answer, write the site."""
    from appliance.setup import Answers, plan_init, require_settled, write_init

    said = Answers(about_parts, about_models)
    plan = plan_init(site, parts, family, said, name=name, force=force)
    while plan.questions and sys.stdin.isatty():
        said = _asked(plan, said)
        plan = plan_init(site, parts, family, said, name=name, force=force)
    require_settled(plan)
    done = write_init(plan, force=force)
    _print(plan, done.file)
    return Exit.WARNINGS if plan.left_out else Exit.OK


def _asked(plan: "InitPlan", said: "Answers") -> "Answers":
    question = plan.questions[0]
    choices = f" ({', '.join(question.choices)})" if question.choices else ""
    answer = typer.prompt(f"{again(question.text)}{choices}", default=question.default or None)
    return replace(said.with_answer(question, answer))


def _print(plan: "InitPlan", file: Path) -> None:
    for sentence in plan.taken:
        print(w("found    {sentence}", sentence=again(sentence)))
    for sentence in plan.cautions[:MOST_CAUTIONS]:
        print(w("look at  {sentence}", sentence=again(sentence)))
    _print_left_out(plan.left_out)
    print(w("wrote    {file}; next: `inspect-eval check`, then `inspect-eval audit`", file=file))


def _refresh(site: Path) -> int:
    from appliance.setup import refresh
    from appliance.site import load_site

    done = refresh(load_site(site))
    counts = {"new": len(done.added), "changed": len(done.changed), "gone": len(done.gone)}
    print(w("accepted {new} new, {changed} changed, {gone} gone parts; all else is as before", **counts))
    _print_left_out(done.left_out)
    return Exit.WARNINGS if done.left_out else Exit.OK


def _print_left_out(rows: "Sequence[LeftOut]") -> None:
    from appliance.report.text import plain

    for item in rows[:MOST_CAUTIONS]:
        mend = f" ({again(item.mend)})" if item.mend else ""
        print(plain(w("left out {part}: {what}", part=item.id, what=again(item.what)) + mend))
    if len(rows) > MOST_CAUTIONS:
        print(w("left out {count} more", count=len(rows) - MOST_CAUTIONS))
