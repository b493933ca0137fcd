"""A document as one web page that needs nothing else, and runs nothing."""

from html import escape

from dashboard.reports.document import Document, Listed, Row, Section

STYLE = """
body { font: 16px/1.45 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #14202b; }
h1 { font-size: 1.7rem } h2 { font-size: 1.25rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100% }
@media screen and (max-width: 640px) { table { display: block; overflow-x: auto } }
th, td { border: 1px solid #c8d0d6; padding: .35rem .5rem; text-align: left; vertical-align: top }
thead th { background: #eef3f4 } td { font-variant-numeric: tabular-nums }
td, li { white-space: pre-line }
th.part { font-weight: normal; padding-left: 1.6rem }
small { display: block; font-weight: normal; color: #51606b }
figure { margin: 1.5rem 0 } svg { max-width: 100%; height: auto }
footer { margin-top: 2.5rem; border-top: 1px solid #c8d0d6; color: #51606b }
@media print { body { margin: 0; max-width: none } tr { break-inside: avoid } }
"""
PART = ' class="part"'
# The file is opened from a disk, where no server sends a policy.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def written(document: Document) -> bytes:
    title, picture = escape(document.title), document.picture
    parts = [
        f"<h1>{title}</h1>",
        *(f"<p>{escape(words)}</p>" for words in document.intro),
        _figure(picture.svg, picture.words) if picture is not None else "",
        *(_list(part) if isinstance(part, Listed) else _table(part) for part in document.parts),
        f"<footer><p>{escape(document.mark)}</p></footer>",
    ]
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><title>{title}</title><style>{STYLE}</style>'
    )
    return f'<!doctype html><html lang="en-GB"><head>{head}</head><body>{"".join(parts)}</body></html>'.encode()


def _figure(svg: str, words: str) -> str:
    """The drawing is ours, from numbers; no word of anybody's is in it."""
    return f'<figure role="img" aria-label="{escape(words)}">{svg}<figcaption>{escape(words)}.</figcaption></figure>'


def _list(part: Listed) -> str:
    return f"<h2>{escape(part.title)}</h2><ul>{''.join(f'<li>{escape(line)}</li>' for line in part.lines)}</ul>"


def _table(part: Section) -> str:
    head = "".join(f'<th scope="col">{escape(words)}</th>' for words in ("", *part.columns))
    rows = "".join(
        f"<tr>{_name(row)}{''.join(f'<td>{escape(words)}</td>' for words in row.values)}</tr>" for row in part.rows
    )
    body = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>" if rows else "<p>Nothing recorded.</p>"
    method = f"<p>{escape(part.method)}</p>" if part.method else ""
    return f"<h2>{escape(part.title)}</h2>{method}{body}"


def _name(row: Row) -> str:
    small = f"<small>{escape(row.method)}</small>" if row.method else ""
    return f'<th scope="row"{PART if row.is_part else ""}>{escape(row.label)}{small}</th>'
