"""Setting up: in a folder with blanks in its name, over one that was interrupted, and again where it was moved to."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

SETUP = Path(__file__).parent.parent / "scripts" / "setup.sh"


def set_up(folder: Path) -> subprocess.CompletedProcess[str]:
    """As `scripts/run` does it, with an empty lock: what is tried here is our part, not the libraries'."""
    program = f"set -euo pipefail; cd '{folder}'; source '{SETUP}'; setup empty.lock; exec .venv/bin/daywatch \"$@\""
    return subprocess.run(
        ["bash", "-c", program, "run", "one word"],
        env={**os.environ, "PYTHON": sys.executable, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def test_set_up_works_with_blanks_after_an_interruption_and_after_a_move(tmp_path: Path) -> None:
    folder = tmp_path / "a clone of mine"
    (folder / "bot").mkdir(parents=True)
    (folder / "bot" / "__main__.py").write_text("import sys\n\n\ndef main() -> None:\n    print(sys.argv[1:])\n")
    (folder / "empty.lock").touch()
    (folder / "pyproject.toml").touch()
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "python").symlink_to(sys.executable)  # begun, and no more
    first = set_up(folder)
    assert (first.returncode, first.stdout) == (0, "['one word']\n"), first.stderr
    again = set_up(folder)
    assert (again.stdout, again.stderr) == ("['one word']\n", ""), "a second call sets nothing up"
    elsewhere = tmp_path / "moved"
    shutil.move(folder, elsewhere)
    moved = set_up(elsewhere)
    assert (moved.returncode, moved.stdout) == (0, "['one word']\n"), moved.stderr
    assert "Setting up" in moved.stderr
