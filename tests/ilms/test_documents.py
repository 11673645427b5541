"""The documents: their links lead somewhere, and their site is built without a request to another host."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from browser import CHROMIUM, browsing

from ilms.authoring.imports import PROJECT

PAGES = sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)\s#:]+)(?:#[^)\s]*)?\)")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
LOADED = re.compile(r"<(?:script|img|iframe|source|video|audio|embed)\b[^>]*\ssrc=[\"']?(?P<src>[^\"'\s>]+)")
STYLE = re.compile(r"<link\b[^>]*>")
RESOURCE = re.compile(r"rel=[\"']?(?:stylesheet|preload|prefetch|preconnect|dns-prefetch|modulepreload|icon)")
HREF = re.compile(r"\shref=[\"']?(?P<href>[^\"'\s>]+)")
IN_STYLE = re.compile(r"(?:@import\s+[\"']?|url\([\"']?)(?P<at>(?:https?:)?//[^\"')]+)")


def of_other_hosts(page: str) -> list[str]:
    """What a page of the site would load from another host: scripts, pictures, style sheets, and what they import."""
    loaded = [found["src"] for found in LOADED.finditer(page)]
    for link in STYLE.findall(page):
        if RESOURCE.search(link):
            loaded += [found["href"] for found in HREF.finditer(link)]
    return [each for each in loaded if re.match(r"(https?:)?//", each)] + [
        each["at"] for each in IN_STYLE.finditer(page)
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_links_between_documents_lead_to_files(page: Path) -> None:
    broken = [
        link
        for link in LINK.findall(CODE.sub("", page.read_text(encoding="utf-8")))
        if not (page.parent / link).exists()
    ]
    assert broken == []


def test_what_another_host_would_be_asked_for_is_found() -> None:
    page = """<link href="https://x.invalid/a.css" rel="stylesheet"><link rel=canonical href=https://x.invalid/>
        <script defer src=//x.invalid/b.js></script><img src="c.png"><style>@import "https://x.invalid/d.css"</style>
        <a href="https://x.invalid/">elsewhere</a>"""
    assert of_other_hosts(page) == ["//x.invalid/b.js", "https://x.invalid/a.css", "https://x.invalid/d.css"]


@pytest.mark.slow
def test_the_site_is_built_without_a_broken_link_and_asks_no_other_host(tmp_path: Path) -> None:
    site = tmp_path / "site"
    built = subprocess.run(
        ["make", "docs", f"ARGS=--site-dir {site}"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stdout + built.stderr
    pages = [*site.rglob("*.html"), *site.rglob("*.css")]
    assert len(pages) > 40
    asked = {file.name: found for file in pages if (found := of_other_hosts(file.read_text(encoding="utf-8")))}
    assert asked == {}
    concepts = (site / "concepts.html").read_text(encoding="utf-8")
    assert "<mfrac>" in concepts and "arithmatex" not in concepts, "formulas are MathML"
    assert '<div lang="fr">' in (site / "fr" / "definitions.html").read_text(encoding="utf-8")
    assert seen_by_a_browser(site) == ([], [])


def seen_by_a_browser(site: Path) -> tuple[list[str], list[str]]:
    """What a browser asks other places for on some pages of the site, and what axe finds that is serious; nothing where
    there is no browser."""
    if not CHROMIUM:
        return [], []
    asked, faults = list[str](), list[str]()
    with browsing() as browser:
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        for name in ("index.html", "concepts.html", "architecture.html", "fr/definitions.html"):
            page.goto((site / name).as_uri())
            page.wait_for_load_state("networkidle")
            found = Axe().run(page).response["violations"]
            faults += [f"{name}: {each['id']}" for each in found if each["impact"] in ("serious", "critical")]
    assert len(asked) > 4
    return [each for each in asked if not each.startswith("file:")], faults


@pytest.mark.slow
def test_a_broken_link_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# Start\n\n[away](nowhere.md)\n")
    config = {"INHERIT": str(PROJECT / "mkdocs.yml"), "docs_dir": "docs", "hooks": [], "not_in_nav": ""}
    (tmp_path / "mkdocs.yml").write_text(yaml.safe_dump({**config, "nav": [{"Start": "index.md"}]}))
    arguments = f"ARGS=--site-dir {tmp_path / 'site'} --config-file {tmp_path / 'mkdocs.yml'}"
    built = subprocess.run(["make", "docs", arguments], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert built.returncode != 0
    assert "nowhere.md" in built.stderr
