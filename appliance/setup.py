"""What `init` does: look at two folders, say what was found, ask what cannot be known, write a site.

Nothing is ever written into the folders given. The site's files are written last, site.toml after all others, so that
a site either is complete or is none.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from appliance.counted import counted
from appliance.errors import MachineFailed, UsageError
from appliance.fit import fit_cards
from appliance.parts.guess import Guess, Question, answered, guess_layout
from appliance.parts.manifest import hash_parts, read_manifest, write_manifest
from appliance.parts.read import read_parts
from appliance.parts.try_all import undecodable
from appliance.parts.types import LeftOut, Part, Verdict
from appliance.runtimes import require_one_runtime
from appliance.site import MANIFEST_FILE, SITE_FILE, Site
from appliance.site_file import write_site
from models.card import draft_family, normalisations
from models.family import FAMILY_FILE, load_family, write_family
from models.types import Family, Output

SETTLED_BY_PARTS = ("normalisation", "ok_class")
"""Questions of the cards that labelled parts answer."""


@dataclass(frozen=True)
class Answers:
    """What a person has said already: keys of [parts], and answers to the questions about the models."""

    parts: Mapping[str, Any] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)

    def with_answer(self, question: Question, value: str) -> "Answers":
        """These answers and one more."""
        if question.about == "parts":
            return replace(self, parts=answered(self.parts, question.key, value))
        return replace(self, models={**self.models, question.key: value})


@dataclass(frozen=True)
class InitPlan:
    """A site before it is written.

    `taken` says in sentences what was found; `cautions` what a person should look at; `questions` are still open, and
    while there are any the plan cannot be written.
    """

    folder: Path
    guess: Guess
    family: Family
    questions: tuple[Question, ...] = ()
    taken: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    sha256: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()


def plan_init(
    folder: Path,
    parts: Path,
    family: Path,
    answers: Answers | None = None,
    *,
    name: str | None = None,
    force: bool = False,
) -> InitPlan:
    """Look at the folder of `parts` and the folder of the `family`, and plan the site in `folder`.

    `name` picks one of several families that lie together; `force` allows a site that is there to be replaced.
    Raises UsageError where a site is there already or would lie inside a given folder; InputRefused and ModelError
    where a folder cannot be used.
    """
    said = answers or Answers()
    _check_place(folder, parts, family, force)
    guess = guess_layout(parts, said.parts)
    drafted, asked = _family(family, name, said, guess)
    questions = (*guess.questions, *(question for question in asked if not question.default))
    plan = InitPlan(folder, guess, drafted, questions, guess.taken)
    return plan if questions or guess.parts is None else _fitted(plan, guess.parts.parts, asked, said)


def require_settled(plan: InitPlan) -> None:
    """Raise UsageError naming the flag of the first question that is still open."""
    for question in plan.questions:
        choices = f": {', '.join(question.choices)}" if question.choices else ""
        raise UsageError(question.text, file=str(plan.guess.folder), mend=f"say it with {question.flag}{choices}")


def write_init(plan: InitPlan, *, force: bool = False) -> Site:
    """Write the site: family.toml, the manifest of the parts, then site.toml.

    Raises UsageError where a question is open or a site is there already (unless `force`), MachineFailed where the
    folder cannot be written.
    """
    require_settled(plan)
    _check_absent(plan.folder, force)
    try:
        plan.folder.mkdir(parents=True, exist_ok=True)
        write_family(plan.folder / FAMILY_FILE, plan.family)
    except OSError as error:
        mend = "choose another folder with --site"
        raise MachineFailed(f"cannot be written: {error.strerror}", file=str(plan.folder), mend=mend) from error
    write_manifest(plan.folder / MANIFEST_FILE, plan.sha256)
    return write_site(plan.folder, site_values(plan), site_notes(plan), replace=force)


def site_values(plan: InitPlan) -> dict[str, dict[str, Any]]:
    """The keys of site.toml that `init` found; all others are defaults."""
    anomaly = plan.family.members[0].card.output is Output.ANOMALY
    values: dict[str, dict[str, Any]] = {
        "parts": {"path": str(plan.guess.folder.resolve()), **plan.guess.keys},
        "family": {"path": str(plan.family.folder.resolve())},
        "task": {"kind": "anomaly" if anomaly else "classification"},
    }
    return values | ({"camera": {"bits": plan.guess.bits}} if plan.guess.bits else {})


def site_notes(plan: InitPlan) -> dict[str, str]:
    """How the keys were found, by dotted key, as comments behind their lines."""
    found = plan.guess.parts.parts if plan.guess.parts else ()
    ng = sum(part.label.verdict is Verdict.NG for part in found)
    groups = len({part.group for part in found})
    names = ", ".join(member.name for member in plan.family.members)
    return {
        "parts.path": f"{counted(len(found), 'part picture')} found here",
        "parts.ok": counted(len(found) - ng, "OK part"),
        "parts.ng": counted(ng, "NG part"),
        "parts.ok_pattern": f"found in the names of OK parts ({len(found) - ng})",
        "parts.ng_pattern": f"found in the names of NG parts ({ng})",
        "parts.group": f"lot or source of a part, first bracket of this pattern on its path: {groups} groups",
        "parts.masks.defect": f"colour of the defect: {sum(part.mask is not None for part in found)} masks were found",
        "family.path": f"{counted(len(plan.family.members), 'model')}: {names}",
        "camera.bits": "depth in use, seen on a sample of the pictures",
    }


@dataclass(frozen=True)
class Refreshed:
    """What `init --refresh` accepted, as ids: parts that are new, gone, or changed; `left_out` no audit can use."""

    added: tuple[str, ...]
    gone: tuple[str, ...]
    changed: tuple[str, ...]
    left_out: tuple[LeftOut, ...]


def refresh(site: Site) -> Refreshed:
    """Accept the parts as they are now: write the manifest of a site anew and say what changed.

    What is new or changed is decoded once, so that a picture no audit can use is named today and not in the night.
    """
    found = read_parts(site)
    hashed = hash_parts(found.parts)
    known = read_manifest(site.manifest_path) if site.manifest_path.exists() else {}
    now = hashed.sha256
    write_manifest(site.manifest_path, now)
    added = sorted(now.keys() - known.keys())
    changed = sorted(part for part in now.keys() & known.keys() if now[part] != known[part])
    accepted = {*added, *changed}
    refused = undecodable([part for part in found.parts if part.id in accepted], site.bits)
    left_out = sorted((*found.left_out, *hashed.left_out, *refused), key=lambda row: row.id)
    gone = tuple(sorted(known.keys() - now.keys()))
    return Refreshed(tuple(added), gone, tuple(changed), tuple(left_out))


def _check_place(folder: Path, parts: Path, family: Path, force: bool) -> None:
    _check_absent(folder, force)
    for given, what in ((parts, "parts"), (family, "models")):
        if folder.resolve().is_relative_to(given.resolve()):
            raise UsageError(
                f"the site would lie inside the folder of the {what}, where nothing is written",
                file=str(folder),
                mend="stand in another folder, or name one with --site DIR",
            )


def _check_absent(folder: Path, force: bool) -> None:
    if not force and os.path.lexists(folder / SITE_FILE):
        mend = "use another folder with --site, or replace it with --force"
        raise UsageError("there is a site here already", file=str(folder / SITE_FILE), mend=mend)


def _family(place: Path, name: str | None, said: Answers, guess: Guess) -> tuple[Family, tuple[Question, ...]]:
    """The family with its own cards where it has some; else drafted, with the questions that leaves."""
    if place.is_file() or (place / FAMILY_FILE).is_file():
        return load_family(place), ()
    family, asked = draft_family(place, name=name, answers=said.models)
    questions = [Question(one.key, one.text, one.flag, one.choices, one.default, "models") for one in asked]
    return family, tuple(_with_class_names(question, family, guess) for question in questions)


def _with_class_names(question: Question, family: Family, guess: Guess) -> Question:
    """Offer the folders' class names, sorted as training tools sort them, where there are as many as outputs."""
    labels = {part.label.cls: part.label.verdict for part in (guess.parts.parts if guess.parts else ())}
    if question.key not in ("classes", "ok_classes") or len(labels) != len(family.members[0].card.classes):
        return question
    good = [name for name in sorted(labels) if labels[name] is Verdict.OK]
    offered = ",".join(sorted(labels) if question.key == "classes" else good)
    return replace(question, text=f"{question.text} (perhaps {offered})")


def _fitted(plan: InitPlan, parts: Sequence[Part], asked: Sequence[Question], said: Answers) -> InitPlan:
    """The plan with the cards that fit the labels, and with every part hashed."""
    hashed = hash_parts(parts)
    left_out = (*(plan.guess.parts.left_out if plan.guess.parts else ()), *hashed.left_out)
    plan = replace(plan, sha256=hashed.sha256, left_out=left_out)
    open_keys = {question.key for question in asked}
    if not open_keys & set(SETTLED_BY_PARTS):
        return replace(plan, taken=(*plan.taken, _members(plan.family, drafted=bool(said.models))))
    require_one_runtime()
    fit = fit_cards(
        plan.family, parts, _trials(plan.family, said), bits=plan.guess.bits or None, swap="ok_class" in open_keys
    )
    taken = (*plan.taken, _members(fit.family, drafted=True), *fit.taken, *_assumed(fit.family, asked))
    return replace(plan, family=fit.family, taken=taken, cautions=(*plan.cautions, *fit.cautions))


def _trials(family: Family, said: Answers) -> list[tuple[str, dict[str, Any]]]:
    """The usual ways of scaling, or the one the person named; a named resize rule holds for all of them."""
    card = family.members[0].card
    ways = normalisations(1 if card.colour == "GRAY" else 3)
    if "normalisation" in said.models:
        ways = tuple(way for way in ways if way[0] == said.models["normalisation"])
    elif card.dtype == "uint8":
        ways = tuple(way for way in ways if "byte" in way[0])
    if "resize" in said.models:
        own = {"resize": card.resize, "pad": card.pad}
        return [(name, {**fields, **own}) for name, fields in ways if not name.startswith("letterbox")] or list(ways)
    return list(ways)


def _members(family: Family, *, drafted: bool) -> str:
    names = ", ".join(member.name for member in family.members)
    how = "" if drafted else " with cards of their own"
    return f"family {family.name}: {counted(len(family.members), 'member')}{how}, smallest first: {names}"


def _assumed(family: Family, asked: Sequence[Question]) -> tuple[str, ...]:
    """Defaults that were taken without a proof, other than those the parts settled."""
    card = family.members[0].card
    sentences = {
        "resize": f"pictures of another size are fitted by {card.resize.value}, assumed (--resize)",
        "layout": f"the channels stand as {card.layout}, assumed (--channel-layout)",
        "output_name": f"the verdict is read from output {card.output_name}, assumed (--output-name)",
    }
    return tuple(sentences[question.key] for question in asked if question.key in sentences)
