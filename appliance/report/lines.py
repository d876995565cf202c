"""Text for a terminal: built as `Text`, never as markup, so that brackets in a name mean nothing."""

from rich.text import Text

from appliance.report.text import plain


def safe(text: str, style: str = "") -> Text:
    """Text from outside, with hidden characters made visible and no markup read."""
    return Text(plain(text), style=style)


def stack(figure: str, below: str) -> Text:
    """A figure with its interval, or what it belongs to, on the next line."""
    return Text.assemble(figure, "\n", (below, "dim"))
