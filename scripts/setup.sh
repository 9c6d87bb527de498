# Sourced by run and test: makes .venv from a lock file, once; a second call costs a file comparison.
# Usage: setup LOCKFILE

setup() {
    local lock="$1" python="${PYTHON:-python3}" stamp=".venv/.from-$1"
    if cmp -s "$lock" "$stamp" && cmp -s pyproject.toml .venv/.pyproject; then
        return
    fi
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
        echo "Daywatch needs Python 3.11 or newer; $python is $("$python" -V 2>&1). Set PYTHON to a newer one." >&2
        exit 2
    }
    echo "Setting up .venv (about a minute, once) …" >&2
    [ -x .venv/bin/python ] || "$python" -m venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock" >&2
    # Our own package is put on the path by a .pth file: no build, so nothing unpinned is fetched.
    .venv/bin/python - <<'PY'
import pathlib, sys, sysconfig
here = pathlib.Path.cwd()
pathlib.Path(sysconfig.get_path("purelib"), "daywatch.pth").write_text(f"{here}\n")
command = pathlib.Path(".venv/bin/daywatch")
command.write_text(f"#!{here}/.venv/bin/python\nfrom bot.__main__ import main\n\nmain()\n")
command.chmod(0o755)
PY
    cp pyproject.toml .venv/.pyproject
    cp "$lock" "$stamp"
}
