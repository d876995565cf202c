"""A line that was made in English, said again in another language.

Errors, warnings and remarks are English as data: they go through worker processes, into the log and into JSON. Where a
person reads one it is found again by its template, as `gettext` finds a sentence by its key: the catalogue `again`
holds the templates (`{id} is left out: {what}`), what stands in a blank is looked for in the same way, and a line that
no template fits stays as it is.
"""

import re
from functools import cache, lru_cache

from appliance.language.catalogue import read_catalogue, words

DOMAIN = "again"
LIBRARIES = (
    "input should be greater than or equal to {bound}",
    "input should be greater than {bound}",
    "input should be less than or equal to {bound}",
    "input should be less than {bound}",
    "input should be a valid number",
    "input should be a valid integer",
    "input should be a valid string",
    "input should be a valid boolean",
    "input should be a valid dictionary",
    "input should be {choices}",
    "No such option: {name}",
    "No such option: {name} Did you mean {others}?",
    "No such command {name}.",
    "Missing argument {name}.",
    "Missing option {name}.",
    "Option {name} requires an argument.",
    "Invalid value for {name}: {why}",
    "Got unexpected extra argument ({name})",
)
"""Templates of lines that libraries make and a person comes to read: Pydantic's and Typer's."""
NOUNS = (
    ("part", "parts"),
    ("member", "members"),
    ("group", "groups"),
    ("run", "runs"),
    ("file", "files"),
    ("picture", "pictures"),
    ("night", "nights"),
    ("other", "others"),
    ("finding", "findings"),
    ("alert", "alerts"),
    ("new alert", "new alerts"),
    ("OK part", "OK parts"),
    ("NG part", "NG parts"),
    ("model", "models"),
    ("part picture", "part pictures"),
    ("size", "sizes"),
    ("condition", "conditions"),
    ("more condition", "more conditions"),
    ("dark spot", "dark spots"),
)
VERBS = ("rose", "fell", "shrank", "grew")
"""What a quantity did; a word alone, where a line has a blank for it."""
COUNTED = tuple(form for one, many in NOUNS for form in (f"1 {one}", f"{{count}} {many}"))
"""What stands in a blank where things are counted."""
LIKE = 0.6
"""Templates with so much of the longest one's own text are as likely meant."""
LEAST_LETTERS = 4
"""Of a template that is looked for: `{one} and {other}` would be found in half of all lines."""
RATES = (("escape rate", "NG parts"), ("overkill rate", "OK parts"))
PLACES = ("on clean parts", "under {condition}")
MEANS = ("on clean parts", "over the perturbed conditions")
MORE = ("", " and 1 more condition", " and {count} more conditions")
SINCE = ("", " since run {run}")
ALERTS = (
    *(
        f"{rate} of {{member}} is {{share}} of {parts} {place}{more}, over the limit of {{allowed}} "
        "(upper bound {upper})"
        for rate, parts in RATES
        for place in PLACES
        for more in MORE
    ),
    *(
        f"errors of {{member}} {place} {verb} from {{before}} to {{now}} of {{count}} parts{since} ({{signs}})"
        for place in MEANS
        for verb in ("rose", "fell")
        for since in SINCE
    ),
    *(
        f"the margin of {{member}} {place} {verb} by {{size}} in the score's unit{since}, "
        "errors are {now} ({signs})"
        for place in MEANS
        for verb in ("shrank", "grew")
        for since in SINCE
    ),
)
"""What the alerts of `watch` say, each shape by itself: blanks that touch cannot be told apart."""
BLANK = re.compile(r"\{(\w+)\}")
SENTENCES = ("; ", ". ")
JOINTS = (*SENTENCES, ": ")
FULL_STOP = {"ja": "。"}
"""What ends a sentence where it is not a full stop and a space."""


def again(text: str, language: str) -> str:
    """`text` in `language`; as it is where it is that language, or where no catalogue has it."""
    if language == "en" or not re.search("[A-Za-z]", text):
        return text
    return _known(text.strip(), language) or text


@lru_cache(4096)
def _known(text: str, language: str) -> str | None:
    return _said(text, language)


def _said(text: str, language: str) -> str | None:
    """The whole line by its template, else its sentences, else what is before and behind a colon; None: not known.

    A template fits several sentences only where it has several itself: a blank holds no more than one.
    """
    apart = [joint for joint in SENTENCES if joint in text]
    found = [
        (template, match)
        for template, surely, pattern in _patterns(language)
        if surely in text and all(joint in template for joint in apart) and (match := pattern.fullmatch(text))
    ]
    if found:
        most = LIKE * len(BLANK.sub("", found[0][0]))
        close = [pair for pair in found if len(BLANK.sub("", pair[0])) >= most]
        template, match = min(close, key=lambda pair: _swallowed(pair[1]))
        values = {name: again(value, language) if value != text else value for name, value in match.groupdict().items()}
        return words(language, DOMAIN)(template).format(**values)
    for joint in JOINTS:
        head, found_joint, rest = text.partition(joint)
        told = (_said(head, language), _said(rest, language)) if found_joint and rest else (None, None)
        if any(told):
            between = FULL_STOP.get(language, joint) if all(told) and joint in SENTENCES else joint
            return f"{told[0] or head}{between}{told[1] or rest}"
    return None


def _swallowed(match: re.Match[str]) -> int:
    """How many colons lie in blanks: of templates that fit, the one that takes the line apart there is meant."""
    return sum(value.count(": ") for value in match.groupdict().values())


@cache
def _patterns(language: str) -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """Each template with its longest piece of text and what it matches, the one of the most letters first."""
    templates = [str(message.id) for message in read_catalogue(language, DOMAIN) if message.id and message.string]
    templates = [t for t in templates if _letters(t) >= LEAST_LETTERS or t in COUNTED or not BLANK.search(t)]
    templates.sort(key=lambda template: -len(BLANK.sub("", template)))
    return tuple((template, _surely(template), _pattern(template)) for template in templates)


def _letters(template: str) -> int:
    return sum(map(str.isalpha, BLANK.sub("", template)))


def _surely(template: str) -> str:
    """Its longest piece of text: a line that lacks it need not be matched."""
    return max(map(_plain, BLANK.split(template)[::2]), key=len)


def _pattern(template: str) -> re.Pattern[str]:
    pieces = BLANK.split(template)
    parts = (_blank(piece) if at % 2 else re.escape(_plain(piece)) for at, piece in enumerate(pieces))
    return re.compile("".join(parts), re.DOTALL)


def _blank(name: str) -> str:
    """What a blank holds: anything, but `count` a number."""
    return f"(?P<{name}>{'[0-9,]+' if name == 'count' else '.*?'})"


def _plain(piece: str) -> str:
    return piece.replace("{{", "{").replace("}}", "}")
