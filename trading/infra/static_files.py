"""The files that pages load: named by their content, so that browsers keep them for good."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from servestatic.storage import CompressedManifestStaticFilesStorage

from trading.infra.fonts import cut_fonts

# The API answers in JSON only: nobody is shown the framework's own pages. All here is in English.
_LEFT_OUT: Final = ("rest_framework", "i18n")
_STAMP: Final = "collected.sha256"


class NamedByContent(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # ships no types
    """
    Puts a hash of each file into its name and a compressed copy beside it.

    Scripts that import each other by name are told the new names, as style sheets are: a page loads
    scripts that belong together, also while the platform is replaced by a newer one.
    """

    support_js_module_import_aggregation = True


def collect_static_files() -> None:
    """
    Put the static files into STATIC_ROOT, named and compressed; at once if none has changed.

    Files of earlier versions stay: pages that are open still load them.
    """
    cut_fonts()
    root = Path(settings.STATIC_ROOT)
    stamp, digest = root / _STAMP, _digest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=[*_LEFT_OUT])
    stamp.write_text(digest)


def _digest() -> str:
    """Return what the static files are now: their names, sizes and times of change."""
    digest = hashlib.sha256()
    for line in sorted(_found()):
        digest.update(line.encode())
    return digest.hexdigest()


def _found() -> Iterator[str]:
    for finder in get_finders():
        for name, storage in finder.list(list(_LEFT_OUT)):
            path = Path(storage.path(name))
            facts = path.stat()
            yield f"{path} {facts.st_size} {facts.st_mtime_ns}\n"
