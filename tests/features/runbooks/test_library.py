"""The shelf: loads what is good, names what is not, notices changes."""

import os
import threading
from pathlib import Path

import pytest

from bot.features.runbooks.library import Library
from tests.features.runbooks.pages import TODAY, Firing, text


def write(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, "utf-8")
    return path


def slugs(library: Library) -> list[str]:
    return [page.slug for page in library.pages]


def test_a_bad_file_is_left_out_and_named(tmp_path: Path) -> None:
    write(tmp_path, "good.md", text())
    write(tmp_path, "team/bad.md", text("match: [{alertname: '(a+)+'}]"))
    write(tmp_path, "README.md", "how to write runbooks")
    write(tmp_path, ".git/x.md", "not ours")
    library = Library.load(tmp_path)
    assert slugs(library) == ["good"]
    (problem,) = library.problems
    assert (problem.file, problem.field) == (str(Path("team/bad.md")), "match.0.alertname")
    library.close()


def test_a_folder_that_is_not_there_stops_nothing(tmp_path: Path) -> None:
    library = Library.load(tmp_path / "nowhere")
    assert slugs(library) == []
    assert "DAYWATCH_RUNBOOKS" in library.problems[0].words
    assert library.search("disk", TODAY).hits == ()
    write(tmp_path / "nowhere", "disk.md", text(title="Disk"))
    assert library.refresh()
    assert (slugs(library), library.problems) == (["disk"], ())
    library.close()


def test_only_files_that_changed_are_read_again(tmp_path: Path) -> None:
    first, second = (write(tmp_path, f"{name}.md", text(title=name)) for name in ("one", "two"))
    library = Library.load(tmp_path)
    unchanged = library.page("one")
    assert not library.refresh()
    second.write_text(text(title="Ledger"), "utf-8")
    assert library.refresh()
    assert library.page("one") is unchanged
    assert [hit.runbook.slug for hit in library.search("ledger", TODAY).hits] == ["two"]
    first.unlink()
    assert library.refresh()
    assert slugs(library) == ["two"]
    assert library.page("one") is None
    library.close()


def test_people_search_while_another_thread_puts_up_the_new_shelf(tmp_path: Path) -> None:
    path = write(tmp_path, "disk.md", text(title="Disk"))
    library = Library.load(tmp_path)

    def change() -> None:
        for number in range(20):
            path.write_text(text(title=f"Disk {'x' * number}"), "utf-8")
            library.refresh()

    writer = threading.Thread(target=change)
    writer.start()
    answers = [len(library.search("disk", TODAY).hits)]
    while writer.is_alive():
        answers.append(len(library.search("disk", TODAY).hits))
    writer.join()
    assert set(answers) == {1}
    assert library.page("disk") == library.search("disk", TODAY).hits[0].runbook
    library.close()


def test_a_page_that_breaks_goes_and_comes_back_when_repaired(tmp_path: Path) -> None:
    path = write(tmp_path, "disk.md", text(title="Disk"))
    library = Library.load(tmp_path)
    path.write_text("oops", "utf-8")
    library.refresh()
    assert (slugs(library), len(library.problems)) == ([], 1)
    path.write_text(text(title="Disk again"), "utf-8")
    library.refresh()
    assert (slugs(library), library.problems) == (["disk"], ())
    library.close()


def test_two_pages_of_one_name_are_told_apart(tmp_path: Path) -> None:
    write(tmp_path, "a/disk.md", text(title="First"))
    write(tmp_path, "b/disk.md", text(title="Second"))
    library = Library.load(tmp_path)
    assert [page.title for page in library.pages] == ["First"]
    assert "`a`" in library.problems[0].words
    library.close()


def test_links_are_followed_inside_the_folder_only(tmp_path: Path) -> None:
    secret = write(tmp_path, "secret.md", text())
    real = write(tmp_path / "runbooks", "..data/mounted.md", text())
    (tmp_path / "runbooks" / "mounted.md").symlink_to(real)  # as Kubernetes mounts a ConfigMap
    (tmp_path / "runbooks" / "leak.md").symlink_to(secret)
    (tmp_path / "runbooks" / "gone.md").symlink_to(tmp_path / "nothing.md")
    (tmp_path / "runbooks" / "loop.md").symlink_to(tmp_path / "runbooks" / "loop.md")
    library = Library.load(tmp_path / "runbooks")
    assert slugs(library) == ["mounted"]
    assert [problem.file for problem in library.problems] == ["gone.md", "leak.md", "loop.md"]
    library.close()


def test_a_folder_we_may_not_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    asked = os.scandir

    def guarded(path: str | Path) -> object:
        # Not by the folder's mode: whoever runs the tests as root may read everything.
        if Path(path) == closed:
            raise PermissionError(13, "Permission denied", str(path))
        return asked(path)

    monkeypatch.setattr(os, "scandir", guarded)
    library = Library.load(tmp_path)
    assert "rights" in library.problems[0].words
    library.close()


def test_pages_are_found_for_alerts_and_stale_ones_listed_oldest_first(tmp_path: Path) -> None:
    write(tmp_path, "disk.md", text('match: [{alertname: "Disk.*"}]', reviewed="2025-03-01"))
    write(tmp_path, "old.md", text(reviewed="2024-03-01"))
    write(tmp_path, "new.md", text())
    library = Library.load(tmp_path)
    (match,) = library.best_for([Firing(labels={"alertname": "DiskFull"})])
    assert (match.runbook.slug, match.reason) == ("disk", "matches the alert name")
    assert [page.slug for page in library.stale(TODAY)] == ["old", "disk"]
    library.close()
