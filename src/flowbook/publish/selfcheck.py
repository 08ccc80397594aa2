"""The text of a self-check, read once for the page and for the notebook.

```{selfcheck} numeric          or: truefalse, choice
:id: dense-weights
:answer: 2048
:tolerance: 0

How many weights does the layer hold?

---

32 · 64 = 2,048.
```
"""

import re
from dataclasses import dataclass

from flowbook.publish.book import BookError

__all__ = ["KINDS", "SelfCheck", "parse"]

KINDS = ("numeric", "truefalse", "choice")
CHOICE = re.compile(r"^- \[(?P<mark>[ x])\] (?P<text>.+)$")


@dataclass(frozen=True)
class SelfCheck:
    """One question with its answer and explanation, all in Markdown."""

    id: str
    kind: str
    question: str
    explanation: str
    answer: str  # a number, "true"/"false", or the index of the right choice
    tolerance: float
    choices: tuple  # of (text, is_right)

    @property
    def answer_text(self):
        """The right answer as a reader would say it."""
        if self.kind == "choice":
            return self.choices[int(self.answer)][0]
        return self.answer.capitalize() + "."


def parse(kind, options, body):
    """Read a self-check from its directive's parts.

    Args:
      kind: one of :data:`KINDS`.
      options: the ``:key: value`` lines as a dictionary of strings.
      body: question, a line ``---``, explanation; a choice question has its
        options as ``- [ ]`` and one ``- [x]`` lines before the ``---``.

    Raises:
      BookError: a part is missing or does not fit the kind.
    """
    where = f"selfcheck {options.get('id', '(without id)')!r}"
    if kind not in KINDS:
        raise BookError(
            f"{where}: expected {', '.join(KINDS)} after the directive's "
            f"name, got {kind!r}."
        )
    if not re.fullmatch(r"[a-z0-9-]+", options.get("id", "")):
        raise BookError(
            f"{where}: expected an :id: of lower-case words and hyphens: "
            "readers' answers are remembered under it."
        )
    parts = re.split(r"^---\s*$", body, maxsplit=1, flags=re.M)
    if len(parts) != 2 or not parts[1].strip():
        raise BookError(
            f"{where}: expected a line --- and an explanation after it."
        )
    question, choices = _split_choices(parts[0].strip())
    answer = _answer(kind, options, choices, where)
    return SelfCheck(
        id=options["id"],
        kind=kind,
        question=question,
        explanation=parts[1].strip(),
        answer=answer,
        tolerance=float(options.get("tolerance", 0)),
        choices=tuple(choices),
    )


def _split_choices(text):
    question, choices = [], []
    for line in text.split("\n"):
        match = CHOICE.match(line)
        if match:
            choices.append((match["text"], match["mark"] == "x"))
        elif choices and line.startswith("  "):
            choices[-1] = (f"{choices[-1][0]} {line.strip()}", choices[-1][1])
        else:
            question.append(line)
    return "\n".join(question).strip(), choices


def _answer(kind, options, choices, where):
    if kind == "choice":
        right = [i for i, (_, is_right) in enumerate(choices) if is_right]
        if len(choices) < 2 or len(right) != 1:
            raise BookError(
                f"{where}: expected two or more choices, one of them marked "
                f"[x]; got {len(choices)} choices, {len(right)} marked."
            )
        return str(right[0])
    answer = options.get("answer", "")
    if kind == "truefalse" and answer not in ("true", "false"):
        raise BookError(
            f"{where}: expected :answer: true or false, got {answer!r}."
        )
    if kind == "numeric":
        try:
            float(answer)
        except ValueError:
            raise BookError(
                f"{where}: expected a number after :answer:, got {answer!r}."
            ) from None
    return answer
