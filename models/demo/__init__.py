"""The families that ship with the product, trained on rendered parts by the recipe in `models.train`."""

from pathlib import Path

FAMILIES = ("standard", "hardened")
"""`hardened` has the sizes of `standard`, trained again with the perturbations as augmentation."""


def family_folder(name: str) -> Path:
    """Where a shipped family's family.toml and models lie. Raises ValueError for another name."""
    if name not in FAMILIES:
        raise ValueError(f"no shipped family is called {name!r}; they are {', '.join(FAMILIES)}")
    return Path(__file__).parent / name
