"""The catalogue of machines: sourced, found by the names drivers print, extended by the site."""

from pathlib import Path

import pytest

from appliance.errors import InputRefused, UsageError
from appliance.sizing.catalogue import Catalogue, load_catalogue
from appliance.sizing.shipped import shipped


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def test_the_shipped_catalogue_is_large_and_sourced(catalogue: Catalogue) -> None:
    assert len(catalogue.machines) >= 20
    assert {machine.kind for machine in catalogue.machines} >= {"cpu", "gpu", "module"}
    assert all(len(machine.source) > 20 for machine in catalogue.machines)
    assert len({name for machine in catalogue.machines for name in machine.names}) == sum(
        len(machine.names) for machine in catalogue.machines
    )
    assert all(machine.price_date for machine in catalogue.machines if machine.price_class)


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("NVIDIA GeForce RTX 4090", "NVIDIA GeForce RTX 4090"),
        ("rtx3090", "NVIDIA GeForce RTX 3090"),
        ("Tesla T4", "NVIDIA T4"),
        ("Intel(R) Core(TM) i7-8700T CPU @ 2.40GHz", "Intel Core i7-8700T"),
        ("13th Gen Intel(R) Core(TM) i9-13900K", "Intel Core i9-13900K"),
        ("NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition", "NVIDIA RTX PRO 6000 Blackwell Max-Q"),
    ],
)
def test_machines_are_found_as_drivers_print_them(catalogue: Catalogue, printed: str, name: str) -> None:
    found = catalogue.find(printed)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("printed", ["Intel(R) Xeon(R) Processor", "AMD EPYC 9R14", "NVIDIA GeForce RTX 4060", ""])
def test_a_machine_that_is_not_there_is_not_guessed(catalogue: Catalogue, printed: str) -> None:
    assert catalogue.find(printed) is None


def test_every_machine_of_the_shipped_tables_is_in_the_catalogue(catalogue: Catalogue) -> None:
    names = {name for fit in shipped() for name in (fit.source, fit.target) if name}
    assert {name for name in names if catalogue.find(name) is None} == set()


def own(folder: Path, text: str) -> Path:
    path = folder / "hardware.toml"
    path.write_text(text)
    return path


def test_the_site_adds_a_machine_and_an_offer(tmp_path: Path) -> None:
    text = """
[[machine]]
name = "NVIDIA L4"
price = 3100.0
source = "offer 7 of Example Systems"

[[machine]]
name = "Press 4 panel computer"
kind = "cpu"
power_w = 35
source = "its name plate"
"""
    found = load_catalogue(own(tmp_path, text))
    card, panel = found.find("NVIDIA L4"), found.find("Press 4 panel computer")
    assert card is not None
    assert panel is not None
    assert (card.price, card.memory_gb) == (3100.0, 24)
    assert card.source.startswith("offer 7 of Example Systems; otherwise memory")
    assert (panel.power_w, panel.price) == (35, None)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('[[machine]]\nname = "X"\nkind = "cpu"\n', r"machine 1 \(X\) has no source"),
        ('[[machine]]\nname = "X"\nkind = "cpu"\nsource = " "\n', r"machine 1 \(X\) has no source"),
        ('[[machine]]\nname = "X"\nkind = "cpu"\nsource = "s"\npower = 3\n', "X: unknown key power"),
        ('[[machine]]\nname = "X"\nkind = "cpu"\nsource = "s"\npower_w = -3\n', "X: power_w"),
        ('[[machine]]\nname = "X"\nsource = "s"\n', "X: kind"),
        ('machine = "X"\n', "not a list of machines"),
        ("[[machine]\n", "not valid TOML"),
    ],
)
def test_a_bad_row_is_refused_by_name(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(InputRefused, match=what) as caught:
        load_catalogue(own(tmp_path, text))
    assert caught.value.file.endswith("hardware.toml")
    assert caught.value.mend


def test_machines_are_chosen_by_pattern(catalogue: Catalogue) -> None:
    assert {m.name for m in catalogue.chosen(["*RTX 40?0*"])} >= {"NVIDIA GeForce RTX 4090"}
    assert catalogue.chosen([]) == catalogue.machines
    with pytest.raises(UsageError, match="no machine in the catalogue"):
        catalogue.chosen(["Cray*"])
