"""Chapter numbers: in the sidebar from the table of contents, and a line
above each title that says which chapter the reader is in.

The numbers come from ``numbered: 1`` in ``_toc.yml``; no file name has one.
"""

from html import escape

from flowbook.publish.book import BookError


def setup(app):
    app.connect("html-page-context", _say_chapter, priority=900)


def _say_chapter(app, pagename, _template, context, _doctree):
    folders = pagename.split("/")
    in_chapter = folders[0] in ("chapters", "exercises")
    if not in_chapter or not context.get("body"):
        return
    chapter = f"chapters/{folders[1]}/index"
    line = f"Chapter {number(app.env, chapter)}"
    if pagename != chapter:
        title = escape(app.env.titles[chapter].astext())
        address = escape(context["pathto"](chapter))
        line = f'<a href="{address}">{line} · {title}</a>'
    # The line has the number: the chapter's own title need not repeat it.
    head, title, rest = context["body"].partition("<h1>")
    rest = _without_number(rest)
    context["body"] = f'{head}<p class="fb-chapter">{line}</p>{title}{rest}'


def number(env, chapter):
    """The number of a chapter, from its page's name.

    Raises:
      BookError: the chapter is in no numbered part of the table of contents.
    """
    numbers = env.toc_secnumbers.get(chapter, {}).get("")
    if not numbers:
        raise BookError(
            f"expected {chapter} to have a chapter number, got none: put it "
            "into a part of _toc.yml that says `numbered: 1`"
        )
    return ".".join(map(str, numbers))


def _without_number(html):
    mark = '<span class="section-number">'
    if html.startswith(mark):
        return html.partition("</span>")[2]
    return html
