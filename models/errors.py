"""The exceptions of this package: what is wrong, in which file, and how to mend it."""


class ModelError(ValueError):
    """A model, its card or its manifest cannot be used as asked."""

    def __init__(self, what: str, *, file: str = "", mend: str = "") -> None:
        super().__init__(what)
        self.what, self.file, self.mend = what, file, mend


class ModelLacks(ModelError):
    """A package that this needs is not installed."""
