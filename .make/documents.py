"""What the site of the documents has from outside docs/: the README as its front page, files that pages link to, and
what is made from the declarations (ilms/authoring/reference, into .docs-made). Formulas become MathML, which browsers
show without a script or a font of another host.

MkDocs calls these functions while it builds (mkdocs.yml, `hooks`).
"""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

from latex2mathml.converter import convert
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parent.parent
FRONT = "index.md"
TOP = {"README.md": FRONT, "CONTRIBUTING.md": "CONTRIBUTING.md", "CHANGELOG.md": "CHANGELOG.md"}
"""Pages beside docs/, and how the site has them."""
MADE = ROOT / ".docs-made"
PART = re.compile(r"^<!-- made: (?P<name>[\w.]+) -->$", re.MULTILINE)
FORMULA = re.compile(
    r"<(?P<tag>span|div) class=\"arithmatex\">\\(?P<open>[(\[])(?P<latex>.*?)\\[)\]]</(?P=tag)>", re.DOTALL
)
LANGUAGES = ("fr", "es")
"""Folders of docs/ whose pages are in another language than English."""
LINK = re.compile(r"(?<=\]\()(?P<target>[^)\s#:]+)(?P<anchor>#[^)\s]*)?(?=\))")


def on_files(files: Files, config: Any) -> Files:
    """Add the pages beside docs/, and each file of the project that a page links to."""
    for name, page in TOP.items():
        files.append(File.generated(config, page, content=_moved((ROOT / name).read_text(encoding="utf-8"), ROOT)))
    for name in sorted(_linked(config)):
        files.append(File.generated(config, name, abs_src_path=str(ROOT / name)))
    pages = MADE / "pages"
    for page in sorted(pages.rglob("*.md")):
        content = page.read_text(encoding="utf-8")
        files.append(File.generated(config, page.relative_to(pages).as_posix(), content=content))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Let the links of a page that lead out of docs/ lead to their place in the site, and put in what is made."""
    if page.file.abs_src_path is None or page.file.generated_by:
        return markdown
    return PART.sub(_part, _moved(markdown, Path(page.file.abs_src_path).parent))


def on_page_content(content: str, page: Any, **_: Any) -> str:
    """Write formulas in MathML, and say which language the page is in where it is not that of the site."""
    content = FORMULA.sub(_formula, content)
    language = page.file.src_uri.split("/")[0]
    return f'<div lang="{language}">{content}</div>' if language in LANGUAGES else content


def _part(found: re.Match[str]) -> str:
    """A part that is made from the declarations."""
    return (MADE / "parts" / f"{found['name']}.md").read_text(encoding="utf-8")


def _formula(found: re.Match[str]) -> str:
    """A formula in MathML; one on a line of its own can be scrolled where it is wider than the page, also by keys."""
    if found["open"] == "(":
        return str(convert(html.unescape(found["latex"])))
    return f'<div class="formula" tabindex="0">{convert(html.unescape(found["latex"]), display="block")}</div>'


def _linked(config: Any) -> set[str]:
    """Files of the project outside docs/ to which pages link, by their path in the project."""
    docs = Path(config["docs_dir"])
    pages = [ROOT / name for name in TOP] + sorted(docs.rglob("*.md"))
    found = set()
    for page in pages:
        for link in LINK.finditer(page.read_text(encoding="utf-8")):
            place = (page.parent / link["target"]).resolve()
            if place.is_file() and place.is_relative_to(ROOT) and not place.is_relative_to(docs):
                found.add(place.relative_to(ROOT).as_posix())
    return found - set(TOP)


def _moved(markdown: str, folder: Path) -> str:
    """A page of that folder with its links as they are in the site, in which docs/ and the project are one folder."""

    def link(found: re.Match[str]) -> str:
        place = (folder / found["target"]).resolve()
        if not place.exists() or (place.is_relative_to(ROOT / "docs") and folder != ROOT):
            return found[0]
        inside = place.relative_to(ROOT / "docs" if place.is_relative_to(ROOT / "docs") else ROOT).as_posix()
        depth = 0 if folder == ROOT else len(folder.relative_to(ROOT / "docs").parts)
        return "../" * depth + TOP.get(inside, inside) + (found["anchor"] or "")

    return LINK.sub(link, markdown)
