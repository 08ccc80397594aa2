"""The book as files: where its sources, notebooks and addresses are."""

import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

__all__ = ["Book", "BookError", "Section"]

FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.S)


class BookError(Exception):
    """Something in the book's sources needs the author; one clear sentence."""


@dataclass(frozen=True)
class Section:
    """One notebook page: its MyST source and the notebook made from it."""

    name: str  # e.g. "chapters/graph-heritage/autodiff"
    source: Path
    notebook: Path

    @property
    def files(self):
        """The folder of what its run keeps, beside the notebook."""
        return self.notebook.with_suffix("")


@dataclass(frozen=True)
class Book:
    """A checkout of the book.

    Args:
      root: the folder that holds ``_config.yml``.
    """

    root: Path

    @classmethod
    def here(cls):
        """The book around the current folder.

        Raises:
          BookError: no parent folder holds a ``_config.yml``.
        """
        start = Path.cwd()
        for folder in (start, *start.parents):
            if (folder / "_config.yml").exists():
                return cls(folder)
        raise BookError(
            f"expected to stand inside the book (a folder with _config.yml), "
            f"got {start}. Change into the checkout and try again."
        )

    def sections(self, only=()):
        """The notebook pages, in path order.

        Args:
          only: parts of names; a section is kept if its name holds one.

        Raises:
          BookError: an entry of ``only`` fits no section.
        """
        return self._chosen("chapters", only)

    def exercises(self, only=()):
        """The sets of exercises, in path order; ``only`` as in sections()."""
        return self._chosen("exercises", only)

    def _chosen(self, folder, only):
        found = self._notebooks("chapters") + self._notebooks("exercises")
        for part in only:
            if not any(part in section.name for section in found):
                names = "\n  ".join(section.name for section in found)
                raise BookError(
                    f"expected a part of a section's name, got {part!r}, "
                    f"which fits none of:\n  {names}"
                )
        return [
            section
            for section in found
            if section.name.startswith(f"{folder}/")
            and (not only or any(part in section.name for part in only))
        ]

    def _notebooks(self, folder):
        return [
            self._section(path)
            for path in sorted((self.root / folder).rglob("*.md"))
            if is_notebook(path.read_text("utf-8"))
        ]

    def _section(self, path):
        name = path.relative_to(self.root).with_suffix("").as_posix()
        inside = name.removeprefix("chapters/")
        return Section(name, path, self.root / "notebooks" / f"{inside}.ipynb")

    def pages(self):
        """Every MyST page of the book by name, notebook or not."""
        folders = ["chapters", "book", "exercises"]
        paths = [self.root / "index.md"] + [
            path
            for folder in folders
            for path in sorted((self.root / folder).rglob("*.md"))
        ]
        return {
            path.relative_to(self.root).with_suffix("").as_posix(): path
            for path in paths
            if path.exists()
        }

    @property
    def config(self):
        """``_config.yml`` as a dictionary."""
        return _yaml(self.root / "_config.yml")

    @property
    def toc(self):
        """``_toc.yml`` as a dictionary."""
        return _yaml(self.root / "_toc.yml")

    @property
    def repository(self):
        """``(url, branch)``: the address that stands once, in _config.yml."""
        entry = self.config["repository"]
        return entry["url"].rstrip("/"), entry.get("branch", "main")

    @property
    def site(self):
        """Address of the published HTML, with a slash at its end."""
        return pages_address(self.repository[0])


def published_repository(url):
    """``url``, or the repository that this build is for.

    GitHub sets ``GITHUB_REPOSITORY`` (owner/name) in its workflows: a fork's
    pages link to the fork.
    """
    owner_and_name = os.environ.get("GITHUB_REPOSITORY")
    return f"https://github.com/{owner_and_name}" if owner_and_name else url


def pages_address(url):
    """The GitHub Pages address of a repository's address."""
    owner, name = url.rstrip("/").split("/")[-2:]
    return f"https://{owner.lower()}.github.io/{name}/"


def front_matter(text):
    """The YAML head of a MyST page as a dictionary, empty if it has none."""
    match = FRONT_MATTER.match(text)
    return yaml.safe_load(match[1]) if match else {}


def is_notebook(text):
    """Whether a page's text is a MyST notebook."""
    return front_matter(text).get("file_format") == "mystnb"


def title(text):
    """The first level-one heading of a page, without its marks."""
    match = re.search(r"^# (.+?)\s*$", FRONT_MATTER.sub("", text), re.M)
    return match[1] if match else ""


@cache
def _yaml(path):
    return yaml.safe_load(path.read_text("utf-8"))
