"""Where a virtual Uno is: nothing of anybody else's is overwritten."""

from pathlib import Path

import pytest

from deadstop.errors import RigBusyError, UsageError
from deadstop.uno.place import Place


def test_what_one_that_was_killed_left_is_taken_over(tmp_path: Path) -> None:
    """Its link may even lead to a port that is somebody else's by now."""
    link = tmp_path / "uno"
    killed = Place(link)
    killed.point_at("/dev/pts/ptmx")
    killed.socket.close()

    place = Place(link)
    assert not link.is_symlink()
    place.point_at("/dev/pts/7")
    assert str(link.readlink()) == "/dev/pts/7"
    place.close()
    assert list(tmp_path.iterdir()) == []


def test_one_that_is_alive_is_left_alone(tmp_path: Path) -> None:
    """Who wants its place hears how to end it."""
    place = Place(tmp_path / "uno")
    with pytest.raises(RigBusyError, match=r"^a virtual board is served at .* quit`$"):
        Place(tmp_path / "uno")
    place.close()


@pytest.mark.parametrize("target", ["/dev/null", "/dev/pts/ptmx", "gone", None])
def test_what_is_not_its_own_is_left_as_it_is(
    tmp_path: Path, target: str | None
) -> None:
    """A file, a link to elsewhere, a link to a port that is in use."""
    link = tmp_path / "uno"
    if target is None:
        link.write_text("precious")
    else:
        link.symlink_to(target)
    with pytest.raises(UsageError, match=r"left as it is: give --link"):
        Place(link)
    assert link.is_symlink() == (target is not None)
    assert not (tmp_path / "uno.control").exists()


def test_its_path_may_be_longer_than_a_socket_s_address(tmp_path: Path) -> None:
    """Which has room for 107 bytes."""
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    Place(folder / "uno").close()
    assert list(folder.iterdir()) == []
