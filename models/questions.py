"""What no file can tell: questions, and a desk that hands out the answers that were given."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.errors import ModelError


@dataclass(frozen=True)
class Question:
    """Something no file can tell. `choices` is empty for free text; an empty `default` means no guess is safe."""

    key: str
    text: str
    choices: tuple[str, ...]
    default: str
    flag: str


@dataclass
class Desk:
    """Hands out the answers that were given, and keeps the questions that were not."""

    answers: Mapping[str, str]
    open: dict[str, Question] = field(default_factory=dict)

    def ask(self, question: Question, stand_in: str = "") -> str:
        """The answer, else the default, else `stand_in`. Raises ModelError for an answer that is no choice."""
        answer = self.answers.get(question.key)
        if answer is None:
            self.open.setdefault(question.key, question)
            return question.default or stand_in
        if question.choices and answer not in question.choices:
            raise ModelError(
                f"{question.flag} {answer!r} is not one of {', '.join(question.choices)}",
                mend=f"give {question.flag} one of these",
            )
        return answer
