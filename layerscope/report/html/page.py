"""The skeleton of every HTML report: one file, no network, light and dark, charts only where there are figures."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from layerscope.answer import Document
from layerscope.report.html.charts import Chart
from layerscope.report.html.text import quoted, text
from layerscope.report.json import dumps
from layerscope.values import Value

# The page may run what stands in it and fetch nothing at all.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:"
_OPTION = re.compile(r"--[a-z][a-z-]*(?: [A-Z]+\b)?")  # `--timings FILE`


class Section(Value):
    """A part of the page, and the charts to draw in it."""

    html: str
    charts: tuple[Chart, ...] = ()


def html_page(
    eyebrow: str, headline: str, sections: Sequence[Section], notes: Sequence[str], document: Document
) -> str:
    """One self-contained page. eyebrow and sections are HTML already, headline and notes are plain words."""
    charts = [chart for part in sections for chart in part.charts]
    body = "\n".join(part.html for part in sections)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{text(headline)}</title>
<style>
{_asset("report.css")}</style>
</head>
<body>
<main>
<header>
<p class="eyebrow">{eyebrow}</p>
<h1>{quoted(headline, breaks=True)}</h1>
</header>
{body}
{_notes(notes)}
{_footer(document)}
</main>
<script type="application/json" id="layerscope-document">
{inert_json(dumps(document))}</script>
{_chart_scripts(charts)}</body>
</html>
"""


def section(title: str, *content: str | Chart | Section, lead: str = "") -> Section:
    """A titled part of the page; title, lead and content are HTML already."""
    parts = [drawn(part) for part in content]
    words = [f'<p class="lead">{lead}</p>'] if lead else []
    html = "\n".join(["<section>", f"<h2>{title}</h2>", *words, *(part.html for part in parts), "</section>"])
    return Section(html, tuple(chart for part in parts for chart in part.charts))


def side_by_side(*charts: Chart) -> Section:
    """Charts next to each other where the window is wide enough."""
    return Section('<div class="beside">\n' + "\n".join(_place_of(chart) for chart in charts) + "\n</div>", charts)


def drawn(content: str | Chart | Section) -> Section:
    """A part of the page without a title; words are HTML already."""
    if isinstance(content, Section):
        return content
    return Section(_place_of(content), (content,)) if isinstance(content, Chart) else Section(content)


def missing(note: str) -> str:
    """What stands in place of a chart that cannot be drawn: a note, in which options say what would tell more."""
    marked = _OPTION.sub(r"`\g<0>`", note)
    return f'<p class="missing">{quoted(marked)}</p>'


def _place_of(chart: Chart) -> str:
    """Where a chart is drawn; its height is known beforehand, so that nothing jumps."""
    return (
        f'<figure class="chart">\n<figcaption>{text(chart.title)}</figcaption>\n'
        f'<div id="{chart.id}" class="plot" role="img" aria-label="{text(chart.summary)}" '
        f'style="height:{chart.height}px"></div>\n</figure>'
    )


def table(headers: Sequence[str], align: str, rows: Sequence[Sequence[str]], caption: str) -> str:
    """Rows of HTML cells. align: a letter a column, `l`, `r`, `w` for one that may wrap, `n` for the one of the names.

    That one may wrap, too; it takes the width that is left, or most of it beside others that wrap, and stays in sight
    where a phone scrolls. A table without it is as wide as its words: no eye has to follow an empty row.
    """
    classes = {"l": "", "r": ' class="num"', "w": ' class="wrap"', "n": ' class="wrap name"'}
    marks = [classes[letter] for letter in align]
    kind = "scroll" if "n" in align else "scroll narrow"
    kind += " shared" if "w" in align else ""
    head = "".join(f'<th scope="col"{mark}>{header}</th>' for header, mark in zip(headers, marks, strict=True))
    lines = [
        "<tr>" + "".join(f"<td{mark}>{cell}</td>" for cell, mark in zip(row, marks, strict=True)) + "</tr>"
        for row in rows
    ]
    return (
        f'<div class="{kind}" role="region" aria-label="{text(caption)}" tabindex="0">\n<table>\n'
        f'<caption class="unseen">{text(caption)}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n" + "\n".join(lines) + "\n</tbody>\n</table>\n</div>"
    )


def badge(kind: str, icon: str, words: str) -> str:
    """A state told three ways: colour, sign and word."""
    return f'<span class="badge {kind}"><span aria-hidden="true">{icon}</span> {words}</span>'


def inert_json(document: str) -> str:
    """JSON that no browser can take for markup: the same value, `<` written as an escape."""
    return document.replace("<", "\\u003c")


def _notes(notes: Sequence[str]) -> str:
    if not notes:
        return ""
    items = "\n".join(f"<li>{quoted(note)}</li>" for note in notes)
    return f'<section class="notes">\n<h2>To know</h2>\n<ul>\n{items}\n</ul>\n</section>'


def _footer(document: Document) -> str:
    return (
        f"<footer>Made by Layerscope. The numbers of this page, as <code>layerscope {text(str(document['command']))} "
        "--format json</code> prints them, stand in it as <code>#layerscope-document</code>. "
        '<button type="button" id="copy-document">Copy JSON</button></footer>'
    )


def _chart_scripts(charts: Sequence[Chart]) -> str:
    copy = f"<script>\n{_asset('copy.js')}</script>\n"
    if not charts:
        return copy
    figures = inert_json(json.dumps({chart.id: chart.figure for chart in charts}, separators=(",", ":")))
    return (
        copy + f"<noscript>{missing('The charts need JavaScript; the tables hold the same figures.')}"
        f'</noscript>\n<script type="application/json" id="layerscope-charts">{figures}</script>\n'
        f"<!-- plotly.js, MIT licence, Plotly, Inc. -->\n"
        f'<script type="text/plain" id="plotly-code">{_packed_plotly()}</script>\n'
        f"<script>\n{_asset('charts.js')}</script>\n"
    )


@cache
def _packed_plotly() -> str:
    """plotly.js as base64 of gzip: the page is a third of what it would be with the source as it is."""
    from plotly.offline import get_plotlyjs

    return base64.b64encode(gzip.compress(get_plotlyjs().encode(), 9, mtime=0)).decode()


def _asset(name: str) -> str:
    return (files("layerscope.report.html") / "assets" / name).read_text(encoding="utf-8")
