"""The exceptions of this package: what is wrong, in which file, and how to mend it."""


class PerturbError(ValueError):
    """A perturbation, a severity, a camera file or a picture cannot be used as asked."""

    def __init__(self, what: str, *, file: str = "", mend: str = "") -> None:
        super().__init__(what)
        self.what, self.file, self.mend = what, file, mend


class PerturbLacks(PerturbError):
    """A package that this needs is not installed."""
