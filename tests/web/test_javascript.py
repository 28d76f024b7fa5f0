"""The scripts' own tests, run by the Node that the playwright wheel carries."""

import subprocess
from pathlib import Path

import pytest
from playwright._impl._driver import compute_driver_executable

_FILES = sorted((Path(__file__).parent / "js").glob("*.test.mjs"))


@pytest.mark.parametrize("path", _FILES, ids=lambda path: path.name.removesuffix(".test.mjs"))
def test_the_scripts_do_what_their_tests_say(path: Path) -> None:
    node, _ = compute_driver_executable()
    run = subprocess.run(
        [node, "--test", "--test-reporter=tap", str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
