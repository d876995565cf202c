"""Text for a terminal: built as `Text`, never as markup, so that brackets in a name mean nothing."""

from rich.text import Text

from appliance.report.text import plain


def safe(text: str, style: str = "") -> Text:
    """Text from outside, with hidden characters made visible and no markup read."""
    return Text(plain(text), style=style)


def coded(text: str, style: str = "") -> Text:
    """As `safe`, with what stands between backticks in bold: a command."""
    pieces = plain(text).split("`")
    if len(pieces) % 2 == 0:
        return safe(text, style)
    return Text.assemble(*((piece, f"{style} bold" if at % 2 else style) for at, piece in enumerate(pieces)))


def stack(figure: str, below: str) -> Text:
    """A figure with its interval, or what it belongs to, on the next line."""
    return Text.assemble(figure, "\n", (below, "dim"))
