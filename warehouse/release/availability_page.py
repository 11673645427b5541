"""The availability of each indicator in a release, on one self-contained page: by source, with reasons under each
cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from warehouse.release.availability_matrix import LEGEND, Availability, cell, matrix, reasons

STYLE = """
body { font: 14px/1.4 sans-serif; margin: 2em; }
table { border-collapse: collapse; }
th, td { border: 1px solid #ccc; padding: 2px 6px; text-align: center; vertical-align: top; }
thead th { position: sticky; top: 0; background: #fff; }
tbody th { text-align: left; font-weight: normal; white-space: nowrap; }
tbody th small { color: #555; }
td.P { background: #cfe8cf; } td.C { background: #d6e4f5; } td.t { background: #fdf0c4; }
td.x { background: #f6d2d2; } td.none { color: #999; }
details summary { list-style: none; cursor: pointer; }
details p { text-align: left; width: 22em; margin: 4px 0; }
""".strip()


def availability_page(found: Sequence[Availability], warnings: Sequence[str] = ()) -> str:
    """The page. A cell opens to show its waves and their reasons, without scripts or network.

    `warnings` are those of the release.
    """
    rows = matrix(found)
    sources = list(next(iter(rows.values()), {}))
    titles = {each.indicator: each.title for each in found}
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f"<title>Availability</title>\n<style>\n{STYLE}\n</style>\n</head>\n<body>",
            "<h1>Availability: which indicators each source gives, and why not others</h1>",
            "<p>ILOSTAT's series first. Open a cell for its waves and reasons; a number counts waves.</p>",
            f"<p>{'; '.join(f'<b>{escape(letter)}</b> {escape(said)}' for letter, said in LEGEND.items())}</p>",
            *(f"<p><strong>{escape(warning)}</strong></p>" for warning in warnings),
            "<table>\n<thead><tr><th>indicator</th>",
            *(f"<th>{escape(source)}</th>" for source in sources),
            "</tr></thead>\n<tbody>",
            *(_row(name, titles[name], list(row.values())) for name, row in rows.items()),
            "</tbody>\n</table>\n</body>\n</html>\n",
        ]
    )


def _row(name: str, title: str, cells: Sequence[Sequence[Availability]]) -> str:
    head = f"<th>{escape(name)}<br><small>{escape(title)}</small></th>"
    return f"<tr>{head}{''.join(_cells(cells))}</tr>"


def _cells(cells: Sequence[Sequence[Availability]]) -> Iterator[str]:
    for waves in cells:
        best = next((letter for letter in LEGEND if any(each.letter == letter for each in waves)), ".")
        kind = best if best in "PCtx" else "none"
        paragraphs = "".join(f"<p>{escape(reason)}</p>" for reason in reasons(waves))
        yield f'<td class="{kind}"><details><summary>{escape(cell(waves))}</summary>{paragraphs}</details></td>'
