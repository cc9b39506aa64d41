"""A rig of somebody's own protocol: each mistake is one line with its place."""

import re
from pathlib import Path

import pytest

from deadstop.errors import RigFileError
from deadstop.rig import Rig, load_rig
from deadstop.rig.link import DeadstopLinkConfig

MINE = """\
name = "mine"
[board]
kind = "program"
command = ["{python}", "mine.py", "{port}"]
axes = "ab"
[link]
decoder = "lines"
stop = ["stop", "halt .*"]
at_once = { stop = "21" }
[link.drive]
a = "go a"
[components.left]
class = "my_module.motor:MyMotor"
axis = "a"
[motions.go]
calls = [{ component = "left", method = "go_for" }]
"""
FRAMES = """\
decoder = "packets"
frames = [
  { means = "stop", begins = "80 00", size_bytes = 3 },
  { means = "drive", begins = "8?", size_bytes = 3, axis = "b" },
]
"""
PACKETS = MINE[: MINE.index("decoder")] + FRAMES + MINE[MINE.index("[comp") :]


def changed(old: str, new: str, text: str = MINE) -> str:
    """Return *text* with one thing changed."""
    assert text.count(old) == 1, old
    return text.replace(old, new)


def in_frames(old: str, new: str) -> str:
    """Return the rig of packets with one thing changed."""
    return changed(old, new, PACKETS)


def load(folder: Path, text: str) -> Rig:
    """Write a rig file and load it."""
    file = folder / "mine.toml"
    file.write_text(text, encoding="utf-8")
    return load_rig(str(file))


def test_a_link_is_read_beside_its_board(tmp_path: Path) -> None:
    """A board that no link is written for speaks our own protocol."""
    rig = load(tmp_path, MINE + '[boards.twin]\nkind = "loopback"\n')

    assert (rig.link_of("").decoder, rig.link_of("twin").decoder) == (
        "lines",
        "deadstop",
    )
    assert load_rig("loopback").link == DeadstopLinkConfig()
    assert (rig.kinds, rig.proves, rig.watches("left")) == (
        "program, loopback",
        "wire",
        False,
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            changed('"lines"', '"morse"'),
            r"7: link.decoder is 'morse'; allowed: 'deadstop', 'lines', 'packets'",
        ),
        (
            changed('"go a"', '"go ("'),
            r"10: link.drive is a table of 1; allowed: .*'go \(': .* at position 3",
        ),
        (
            changed('"halt .*"', "7"),
            r"8: link.stop is an array of 2; allowed: a regular expression .*",
        ),
        (changed('a = "go a"', 'c = "go c"'), r"11: unknown axis 'c'; .* 'a', 'b'"),
        (
            changed('a = "go a"', "").replace("[link.drive]", ""),
            r"6: link is a table of 3; allowed: .*what is a drive.*",
        ),
        (
            changed('"21"', '"!"'),
            r"9: link.at_once.stop is '!'; allowed: bytes in hex.*",
        ),
        (
            changed("at_once = { stop", "at_once = { halt"),
            r"9: link.at_once.halt .* allowed: 'stop', 'drive', .*",
        ),
        (
            changed("at_once", "atonce"),
            r"9: unknown key 'atonce' in \[link\]; known: .*did you mean at_once\?",
        ),
        (
            changed('kind = "program"', 'kind = "loopback"').replace(
                'command = ["{python}", "mine.py", "{port}"]\n', ""
            ),
            r"6: a loopback board speaks Deadstop's own protocol, not 'lines'; .*",
        ),
        (
            changed('"{python}", "mine.py", "{port}"', ""),
            r"4: board.command is an array of 0; allowed: at least 1",
        ),
        (
            changed('["{python}", "mine.py", "{port}"]', '"mine.py"'),
            r"4: board.command is 'mine.py'; allowed: an array, in square brackets",
        ),
        (MINE + '[links.x]\ndecoder = "deadstop"\n', r"17: unknown board 'x'; .*"),
        (
            in_frames('"80 00"', '"80 0"'),
            r"9: link.frames\[0\].begins is '80 0'; allowed: bytes in hex, \? .*",
        ),
        (
            in_frames('"80 00", size_bytes = 3', '"80 00"'),
            r"9: link.frames\[0\] is a table of 2; allowed: .*one of size_bytes and .*",
        ),
        (
            in_frames('"80 00", size_bytes = 3', '"80 00", size_bytes = 1'),
            r"9: link.frames\[0\] .* within its size_bytes",
        ),
        (in_frames('axis = "b"', 'axis = "c"'), r"10: unknown axis 'c'; .* 'a', 'b'"),
        (
            in_frames('axis = "b"', 'axes = "b"'),
            r"10: unknown key 'axes' in \[link.frames\[1\]\]; .*did you mean axis\?",
        ),
        (
            in_frames('means = "stop"', 'means = "other"'),
            r"6: link is a table of 2; allowed: .*what is a stop.*",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    """What, where, and what to do."""
    with pytest.raises(RigFileError) as caught:
        load(tmp_path, text)

    place = re.escape(f"{tmp_path}/mine.toml:")
    assert re.fullmatch(place + said, str(caught.value)), str(caught.value)
