"""Author and year of every entry of the bibliography, for plain prose."""

from pybtex.database import parse_file

__all__ = ["read"]


def read(path):
    """``key → (authors, year)`` of a BibTeX file, as a text cites them."""
    entries = parse_file(str(path)).entries
    return {
        key: (_authors(entry), entry.fields.get("year", "n.d."))
        for key, entry in entries.items()
    }


def _authors(entry):
    people = entry.persons.get("author") or entry.persons.get("editor") or []
    names = [
        " ".join([*p.prelast_names, *p.last_names]).strip("{}")
        or str(p).strip("{}")
        for p in people
    ]
    if len(names) > 2:
        return f"{names[0]} et al."
    return " and ".join(names)
