"""Every kind of file that can be downloaded, and how it is made when it is fetched."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from dashboard.reports import evidence_pack, heatmap_file, leadership_pack, minutes_file
from db.choices import DownloadKind
from db.downloads import About
from db.queries.session import Person

MEDIA_TYPES = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".html": "text/html; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".csv": "text/csv; charset=utf-8",
}
LONGEST_NAME = 80


@dataclass(frozen=True)
class File:
    """`named` gives its name, with one of MEDIA_TYPES' endings; `made` its bytes, from what this person may see now.
    It may refuse, and then there is no file."""

    named: Callable[[About], str]
    made: Callable[[Person, About], bytes]


FILES: Mapping[DownloadKind, File] = {
    DownloadKind.LEADERSHIP: File(leadership_pack.named, leadership_pack.made),
    DownloadKind.EVIDENCE: File(evidence_pack.named, evidence_pack.made),
    DownloadKind.MINUTES: File(minutes_file.named, minutes_file.made),
    DownloadKind.HEATMAP: File(heatmap_file.named, heatmap_file.made),
}


def name_of(kind: DownloadKind, about: About) -> str:
    """Letters, digits and hyphens, and an ending that we make: nothing that leads to another folder or program."""
    given = PurePosixPath(FILES[kind].named(about))
    ending = given.suffix if given.suffix in MEDIA_TYPES else ".html"
    stem = re.sub(r"[^A-Za-z0-9]+", "-", given.stem).strip("-")[:LONGEST_NAME].strip("-")
    return f"{stem or 'file'}{ending}"


def media_type(name: str) -> str:
    return MEDIA_TYPES[PurePosixPath(name).suffix]
