"""What changed since the run before, a sentence each."""

from dataclasses import replace

from appliance.log.types import RunRecord
from appliance.score.changes import changes
from tests.score.build import CLEAN, drawn, sweep

RUN: RunRecord = drawn(parts=10)[0]


def test_nothing_changed() -> None:
    assert changes(RUN, RUN) == ()
    assert changes(RUN, None) == ()
    busy = replace(
        RUN, head=replace(RUN.head, run="r2", started="later", environment={**RUN.head.environment, "load": 9})
    )
    assert changes(busy, RUN) == ()


def test_models() -> None:
    small, middle, large = RUN.members
    now = replace(RUN, members=(replace(small, sha256="x"), replace(middle, card={"classes": ["NG"]})))
    assert changes(now, RUN) == ("Model M is gone.", "Model XS has other weights.", "Model S has another card.")
    assert changes(RUN, replace(RUN, members=(small, middle))) == (f"Model {large.name} is new.",)


def test_parts() -> None:
    first, second, third, *rest = RUN.parts
    moved = (replace(first, sha256="x"), replace(second, ng=not second.ng), replace(third, group="lot 1"), *rest[:3])
    assert changes(replace(RUN, parts=moved), RUN) == (
        "4 parts are gone: p0006.png, p0007.png, p0008.png and 1 more.",
        "Part p0000.png has another picture.",
        "Part p0001.png has another label.",
        "Part p0002.png is in another group.",
    )


def test_seed_conditions_and_limits() -> None:
    head = replace(RUN.head, seed=2, limits={"escape_rate": 0.01})
    now = replace(RUN, head=head, conditions=(CLEAN, *sweep("blur", (1, 2, 3, 4))))
    assert changes(now, RUN) == (
        "The seed is 2, was 1: the same severities draw other noise.",
        "Condition blur@4 is new.",
        "2 conditions are gone: dark@0.8, dark@0.5.",
        "Limit escape_rate is 0.01, was 0.02.",
        "Limit overkill_rate is not set, was 0.05.",
    )


def test_another_opencv_is_said_to_draw_other_pixels() -> None:
    runs = [
        replace(RUN, head=replace(RUN.head, environment={**RUN.head.environment, "pixels": f"OpenCV {v}, x86_64"}))
        for v in ("5.0", "4.12")
    ]
    (sentence,) = changes(*runs)
    assert sentence.startswith("Pictures are perturbed by OpenCV 5.0, x86_64, were by OpenCV 4.12, x86_64:")
    assert changes(runs[0], RUN) == ()


def test_settings_and_environment() -> None:
    packages = {**RUN.head.environment, "packages": {"numpy": "2.5.0"}, "cpu": "x" * 99}
    head = replace(RUN.head, config={"audit": {"suite": "full"}}, environment=packages)
    assert changes(replace(RUN, head=head), RUN) == (
        "Setting audit.suite is full, was default.",
        "Environment packages.numpy is 2.5.0, was 2.4.6.",
        f"Environment cpu is {'x' * 57}..., was not set.",
    )
    unknown = replace(RUN, head=replace(RUN.head, config_digest="other"))
    assert changes(unknown, RUN) == ("The settings in site.toml have changed.",)
