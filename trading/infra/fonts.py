"""
The interface's own typeface, cut to the letters that a page shows: a fifth of each file.

The whole files come inside the django-unfold wheel. They are cut when ``run`` begins and kept in
the data folder; names in other letters load the whole one (static/css/fonts.css).
"""

import hashlib
from pathlib import Path
from typing import Final

from django.conf import settings
from django.contrib.staticfiles import finders
from fontTools import subset
from fontTools.ttLib import TTFont

_WEIGHTS: Final = ("Regular", "Medium", "SemiBold")
_SOURCE: Final = "unfold/fonts/inter/Inter-{weight}.woff2"
# As the first range of each weight in static/css/fonts.css: a test holds the two together.
LETTERS: Final = (
    "0020-007E,00A0-00FF,2013-2014,2018-2019,201C-201D,2022,2026,2190-2193,2212,2713,2715"
)
_FEATURES: Final = (
    "kern", "liga", "calt", "tnum", "lnum", "zero", "case", "mark", "mkmk", "ccmp", "locl",
)  # fmt: skip
_STAMP: Final = "cut.sha256"


def cut_fonts() -> None:
    """Cut each weight into FONTS; at once if neither letters nor whole files have changed."""
    folder = Path(settings.FONTS)
    sources = {weight: _find(weight) for weight in _WEIGHTS}
    digest = hashlib.sha256(f"{LETTERS} {_FEATURES}".encode())
    for source in sources.values():
        digest.update(source.read_bytes())
    stamp = folder / _STAMP
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    folder.mkdir(parents=True, exist_ok=True)
    for weight, source in sources.items():
        _cut(source, folder / f"Inter-{weight}-latin.woff2")
    stamp.write_text(digest.hexdigest())


def _find(weight: str) -> Path:
    found = finders.find(_SOURCE.format(weight=weight))
    assert isinstance(found, str), "the wheel brings the font"
    return Path(found)


def _cut(source: Path, target: Path) -> None:
    options = subset.Options(layout_features=list(_FEATURES))
    options.flavor = "woff2"
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=subset.parse_unicodes(LETTERS))
    with TTFont(source) as font:
        cutter.subset(font)
        font.flavor = options.flavor
        font.save(target)
