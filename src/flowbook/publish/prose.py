"""MyST prose as plain Markdown, for readers outside the book.

Colab, GitHub and JupyterLab show MyST's directives and roles as they are
typed. A fixed set of them is translated here; anything else is refused with
its name, so that no raw MyST can slip through.
"""

import re
import textwrap
from dataclasses import dataclass, field

from flowbook.publish.book import BookError, title
from flowbook.publish.selfcheck import parse as parse_selfcheck

__all__ = ["Prose", "until_closed"]

FENCE = re.compile(r"^(?P<ticks>`{3,}|:{3,}|~{3,})(?P<info>.*)$")
DIRECTIVE = re.compile(r"^\{(?P<name>[\w:-]+)\}\s*(?P<argument>.*)$")
OPTION = re.compile(r"^:(?P<key>[\w-]+):\s*(?P<value>.*)$")
TARGET = re.compile(r"^\((?P<label>[\w .:-]+)\)=\s*$")
ROLE_OR_CODE = re.compile(
    r"\{(?P<role>[a-z][\w:-]*)\}`(?P<body>[^`]+)`"
    r"|(?P<code>(?P<ticks>`+)[^`].*?(?P=ticks))",
    re.S,
)
PAGE_LINK = re.compile(r"\]\((?P<path>[^)\s:#]+)\.md(?P<anchor>#[^)\s]*)?\)")
EXPLICIT = re.compile(r"^(?P<text>.+?)\s*<(?P<target>[^<>]+)>$", re.S)


@dataclass
class Prose:
    """The translation, with what links and citations need to know.

    Args:
      site: address of the published book, ending in a slash.
      pages: MyST text by page name, e.g. ``{"book/glossary": "# …"}``.
      citations: ``key → (authors, year)`` of the bibliography.
    """

    site: str
    pages: dict
    citations: dict
    _labels: dict = field(init=False, repr=False)

    def __post_init__(self):
        self._labels = {
            match["label"]: name
            for name, text in self.pages.items()
            for match in re.finditer(TARGET.pattern, text, re.M)
        }

    def plain(self, text, page):
        """Translate the Markdown ``text`` of the page named ``page``.

        Raises:
          BookError: a directive, role, page, label or citation that is not
            known; the message names it and the page.
        """
        out = []
        lines = iter(text.split("\n"))
        for line in lines:
            fence = FENCE.match(line)
            if fence:
                block = until_closed(lines, fence["ticks"], page)
                written = self._fence(fence, block, page)
                out += written[out[-1:] == written[:1] == [""] :]
            elif not (
                TARGET.match(line)
                or line.startswith("% ")
                or (line == "" and out[-1:] == [""])
            ):
                out.append(line)
        return self._inline("\n".join(out), page).strip("\n")

    def _fence(self, fence, block, page):
        directive = DIRECTIVE.match(fence["info"].strip())
        if not directive:
            return [
                _protect(line) for line in (fence[0], *block, fence["ticks"])
            ]
        options, body = _options(block)
        write = {
            "math": self._math,
            "admonition": self._admonition,
            "selfcheck": self._selfcheck,
        }.get(directive["name"])
        if write is None:
            raise BookError(
                f"{page}: expected one of the directives that notebooks know "
                f"(math, admonition, selfcheck), got "
                f"{{{directive['name']}}}. Use one of those, or teach "
                "flowbook.publish.prose the new one."
            )
        return write(directive["argument"], options, body, page)

    def _math(self, _argument, options, body, _page):
        tag = f"\\tag{{EQ {options['label']}}}" if "label" in options else ""
        return [
            "",
            "$$",
            *[_protect(line) for line in body if line.strip()],
            *([tag] if tag else []),
            "$$",
            "",
        ]

    def _admonition(self, argument, _options, body, page):
        inner = self.plain("\n".join(body), page)
        return ["", *_quote(f"**{argument}**\n\n{inner}"), ""]

    def _selfcheck(self, argument, options, body, page):
        check = parse_selfcheck(argument, options, "\n".join(body))
        question = self.plain(check.question, page)
        choices = "\n".join(
            f"- {self.plain(text, page)}" for text, _ in check.choices
        )
        explanation = self.plain(check.explanation, page)
        ask = ": true or false" if check.kind == "truefalse" else ""
        text = [
            f"**Check yourself{ask}.** {question}",
            *([choices] if choices else []),
            "<details><summary>Answer</summary>",
            f"**{check.answer_text}** {explanation}",
            "</details>",
        ]
        return ["", *_quote("\n\n".join(text)), ""]

    def _inline(self, text, page):
        def translate(match):
            if match["code"]:
                return match["code"]
            return self._role(match["role"], match["body"], page)

        text = ROLE_OR_CODE.sub(translate, text)
        text = PAGE_LINK.sub(
            lambda m: (
                f"]({self._address(m['path'], page)}{m['anchor'] or ''})"
            ),
            text,
        )
        return text.replace(_SHIELD, "")

    def _role(self, role, body, page):
        if role == "eq":
            return f"EQ {body}"
        if role == "term":
            shown = EXPLICIT.match(body)
            return shown["text"] if shown else body
        if role in ("cite:t", "cite:p"):
            return self._cite(role, body, page)
        if role in ("doc", "ref"):
            return self._link(role, body, page)
        raise BookError(
            f"{page}: expected one of the roles that notebooks know (eq, "
            f"term, cite:t, cite:p, doc, ref), got {{{role}}}`{body}`. Use "
            "one of those, or teach flowbook.publish.prose the new one."
        )

    def _cite(self, role, body, page):
        names = []
        for key in (part.strip() for part in body.split(",")):
            if key not in self.citations:
                raise BookError(
                    f"{page}: expected a key of book/references.bib, got "
                    f"{key!r}. Add the entry or mend the key."
                )
            authors, year = self.citations[key]
            shown = (
                f"{authors} ({year})"
                if role == "cite:t"
                else f"{authors}, {year}"
            )
            link = f"{self.site}book/references.html"
            names.append(f"[{shown}]({link})")
        joined = ("; " if role == "cite:p" else " and ").join(names)
        return f"({joined})" if role == "cite:p" else joined

    def _link(self, role, body, page):
        shown = EXPLICIT.match(body)
        target = shown["target"] if shown else body
        if role == "doc":
            address = self._address(target, page)
            text = title(self.pages[self._page_name(target, page)])
        else:
            if target not in self._labels:
                raise BookError(
                    f"{page}: expected {{ref}} to name a (label)= of the "
                    f"book, got {target!r}. Add the label or mend the name."
                )
            address = f"{self.site}{self._labels[target]}.html#{target}"
            text = target
        return f"[{shown['text'] if shown else text}]({address})"

    def _address(self, target, page):
        return f"{self.site}{self._page_name(target, page)}.html"

    def _page_name(self, target, page):
        name = _resolve(target, page)
        if name not in self.pages:
            raise BookError(
                f"{page}: expected a link to a page of the book, got "
                f"{target!r}, which would be {name}.md. Mend the path."
            )
        return name


_SHIELD = "\x00"


def _protect(line):
    """Hide code and math from the inline pass, which skips code spans only."""
    return re.sub(r"([{\]])", _SHIELD + r"\1" + _SHIELD, line)


def until_closed(lines, ticks, page):
    """The lines of an opened block, taken from the iterator ``lines``.

    Raises:
      BookError: no line closes the block.
    """
    block = []
    for line in lines:
        mark = line.strip()
        if mark.startswith(ticks) and set(mark) == {ticks[0]}:
            return block
        block.append(line)
    raise BookError(
        f"{page}: a block opened with {ticks} is never closed. Close it with "
        "the same number of marks on a line of their own."
    )


def _options(block):
    options = {}
    body = list(block)
    while body and (match := OPTION.match(body[0])):
        options[match["key"]] = match["value"].strip()
        body.pop(0)
    return options, textwrap.dedent("\n".join(body)).strip("\n").split("\n")


def _quote(text):
    return [f"> {line}".rstrip() for line in text.split("\n")]


def _resolve(target, page):
    """``../book/x`` seen from ``chapters/a/b`` is ``chapters/book/x``."""
    if target.startswith("/"):
        return target.lstrip("/").removesuffix(".md")
    parts = page.split("/")[:-1]
    for part in target.removesuffix(".md").split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
