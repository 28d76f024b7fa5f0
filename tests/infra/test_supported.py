"""What a person is told whose Python or machine is not supported."""

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

_ROOT = Path(__file__).resolve().parent.parent.parent
_SCRIPT = _ROOT / ".ci" / "supported.py"


@pytest.fixture(scope="module")
def supported() -> ModuleType:
    spec = importlib.util.spec_from_file_location("supported", _SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
@pytest.mark.parametrize(
    "place", [("Linux", "x86_64"), ("Linux", "aarch64"), ("Darwin", "arm64")], ids=" ".join
)
def test_nothing_is_said_where_it_runs(supported, version, place):
    assert supported.complaint(version, *place) is None


@pytest.mark.parametrize("version", [(2, 7), (3, 6), (3, 10), (3, 14), (4, 0)])
def test_another_python_is_named_with_what_to_do(supported, version):
    said = supported.complaint(version, "Linux", "x86_64")
    assert f"this is {version[0]}.{version[1]}:" in said
    assert "PYTHON=python3.12" in said


@pytest.mark.parametrize(
    "place", [("Darwin", "x86_64"), ("Windows", "AMD64"), ("Linux", "armv7l")], ids=" ".join
)
def test_another_machine_is_named(supported, place):
    assert supported.complaint((3, 12), *place).endswith(f"this is {place[0]} {place[1]}.")


def test_what_is_declared_is_what_is_checked(supported):
    declared = (_ROOT / "pyproject.toml").read_text()
    found = re.search(r'requires-python = ">=3\.(\d+),<3\.(\d+)"', declared)
    assert found is not None
    oldest, beyond = found.groups()
    assert ((3, int(oldest)), (3, int(beyond) - 1)) == (supported.OLDEST, supported.NEWEST)


def test_make_stops_with_the_sentence_before_it_makes_anything(tmp_path):
    for name in ("Makefile", "requirements.txt"):
        shutil.copy(_ROOT / name, tmp_path)
    (tmp_path / ".ci").mkdir()
    choosy = _SCRIPT.read_text().replace("OLDEST, NEWEST = (3, 11)", "OLDEST, NEWEST = (3, 99)")
    (tmp_path / ".ci" / "supported.py").write_text(choosy)
    for python, words in ((sys.executable, "Openbell needs Python"), ("python9", "no python9")):
        made = subprocess.run(
            ["make", "run", f"PYTHON={python}"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode != 0
        assert words in made.stderr
        assert not (tmp_path / ".venv").exists()
