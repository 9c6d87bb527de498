"""`python -m tests.failed`: the files in which a test of the last run failed, one a line; for scripts/test."""

import json
import sys
from pathlib import Path

CACHE = Path(".venv/.tests/v/cache/lastfailed")


def main() -> None:
    kept = json.loads(CACHE.read_text()) if CACHE.exists() else {}
    files = sorted({str(name).partition("::")[0] for name in kept})
    sys.stdout.writelines(f"{file}\n" for file in files if Path(file).exists())


if __name__ == "__main__":
    main()
