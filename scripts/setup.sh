# Sourced by run and test: makes .venv from a lock file, once; a second call costs a file comparison.
# Usage: setup LOCKFILE

setup() {
    local lock="$1" python="${PYTHON:-python3}" stamp=".venv/.from-$1" here=""
    # What is in .venv knows where it is: in a folder that was moved or copied it is made anew.
    if [ -f .venv/.here ]; then here="$(<.venv/.here)"; fi
    if [ "$here" = "$PWD" ] && cmp -s "$lock" "$stamp" && cmp -s pyproject.toml .venv/.pyproject; then
        return
    fi
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
        echo "Daywatch needs Python 3.11 or newer; $python is $("$python" -V 2>&1). Set PYTHON to a newer one." >&2
        exit 2
    }
    echo "Setting up .venv (about a minute, once) …" >&2
    # Whole, or made anew: a set-up that was interrupted may have left an environment without pip.
    if [ "$here" != "$PWD" ] || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
        "$python" -m venv --clear .venv
        printf '%s\n' "$PWD" >.venv/.here
    fi
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock" >&2
    # Our own package is put on the path by a .pth file: no build, so nothing unpinned is fetched.
    .venv/bin/python - <<'PY'
import pathlib, sysconfig
pathlib.Path(sysconfig.get_path("purelib"), "daywatch.pth").write_text(f"{pathlib.Path.cwd()}\n")
PY
    # To a shell the second line is a command, to Python the beginning of a text: a first line that names Python would
    # end at the first blank of its path.
    cat >.venv/bin/daywatch <<SH
#!/bin/sh
'''exec' "$PWD/.venv/bin/python" "\$0" "\$@"
'''
from bot.__main__ import main

main()
SH
    chmod 755 .venv/bin/daywatch
    cp pyproject.toml .venv/.pyproject
    cp "$lock" "$stamp"
}
