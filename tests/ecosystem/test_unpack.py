"""Archives that were not packed with good intent."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.ecosystem import unpack as unpacking
from tests.ecosystem.unpack import UnsafeArchiveError, unpack

Pack = Callable[[Path, Mapping[str, bytes]], Path]


def wheel(folder: Path, files: Mapping[str, bytes]) -> Path:
    path = folder / "package-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as opened:
        for name, data in files.items():
            opened.writestr(name, data)
    return path


def sdist(folder: Path, files: Mapping[str, bytes]) -> Path:
    path = folder / "package-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as opened:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            opened.addfile(info, io.BytesIO(data))
    return path


def unpacked(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if not path.is_dir())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture(params=[wheel, sdist])
def pack(request: pytest.FixtureRequest) -> Pack:
    packer: Pack = request.param
    return packer


def test_what_can_be_read_is_written_as_it_is(pack: Pack, tmp_path: Path) -> None:
    archive = pack(tmp_path, {"app/env.py": b"x = 1\r\n", "app/page.js": b"1", "alembic.ini": b"[alembic]\n"})
    unpack(archive, tmp_path / "out")
    assert unpacked(tmp_path / "out") == {"app/env.py": b"x = 1\r\n", "alembic.ini": b"[alembic]\n"}


@pytest.mark.parametrize("name", ["../out.py", "app/../../out.py", "/out.py", "C:/out.py", "..\\out.py"])
def test_a_name_that_leads_out_is_refused(name: str, pack: Pack, tmp_path: Path) -> None:
    archive = pack(tmp_path, {name: b""})
    with pytest.raises(UnsafeArchiveError, match="leads out"):
        unpack(archive, tmp_path / "out" / "deeper")
    assert list(tmp_path.rglob("*.py")) == []


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "package-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as opened:
        link = tarfile.TarInfo("app/env.py")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        opened.addfile(link)
    unpack(path, tmp_path / "out")
    assert unpacked(tmp_path / "out") == {}


def test_a_link_in_a_wheel_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "package-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as opened:
        link = zipfile.ZipInfo("app/env.py")
        link.external_attr = 0o120777 << 16
        opened.writestr(link, "/etc/hostname")
    unpack(path, tmp_path / "out")
    assert unpacked(tmp_path / "out") == {}


def test_a_huge_file_stays_packed(pack: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "LARGEST_FILE", 10)
    unpack(pack(tmp_path, {"a.py": b"x" * 11, "b.py": b"x" * 10}), tmp_path / "out")
    assert list(unpacked(tmp_path / "out")) == ["b.py"]


def test_too_many_files_are_refused(pack: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "MOST_FILES", 2)
    with pytest.raises(UnsafeArchiveError, match="more than 2 files"):
        unpack(pack(tmp_path, {f"{number}.py": b"" for number in range(3)}), tmp_path / "out")
