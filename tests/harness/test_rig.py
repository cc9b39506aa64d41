"""A rig file is read exactly; each mistake is one clear line with its place."""

import json
import math
import re
import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from deadstop.errors import RigFileError, UsageError
from deadstop.resources import resource_folder
from deadstop.rig import (
    AvrBoardConfig,
    Limits,
    LoopbackBoardConfig,
    Rig,
    builtin_rigs,
    load_rig,
    rig_schema,
)
from deadstop.rig.lines import find_line, key_lines
from deadstop.rig.schema import schema_text

MINIMAL = """\
name = "mine"
[board]
kind = "loopback"
axes = "ab"
[components.left]
class = "my_module.motor:MyMotor"
axis = "a"
[components.left.attributes]
port = "{port}"
[components.right]
class = "my_module.motor:MyMotor"
axis = "b"
[[motions.go.calls]]
component = "left"
method = "go_for"
args = { rpm = 60, revolutions = 0.5 }
[[motions.go.calls]]
component = "right"
method = "go_for"
[motions.inline]
calls = [
  { component = "left", method = "go_for" },
  { component = "right", method = "go_for", args = { rpm = 60 } },
]
[limits]
standstill_ms = 250
"""


def load(tmp_path: Path, text: str | bytes) -> Rig:
    """Write a rig file and load it."""
    file = tmp_path / "mine.toml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_rig(str(file))


def mistake(tmp_path: Path, text: str | bytes) -> str:
    """Return what is said of a wrong rig file, from the line number on."""
    with pytest.raises(RigFileError) as caught:
        load(tmp_path, text)
    message = str(caught.value)
    prefix = f"{tmp_path / 'mine.toml'}:"
    assert message.startswith(prefix)
    assert message.isascii()
    assert message.isprintable()
    return message.removeprefix(prefix)


def changed(old: str, new: str) -> str:
    """Return the minimal rig with one change."""
    assert MINIMAL.count(old) >= 1
    return MINIMAL.replace(old, new, 1)


def test_every_builtin_rig_loads_under_its_own_name() -> None:
    """The file's name is what the command line takes."""
    names = [rig.name for rig in builtin_rigs()]

    assert "loopback" in names
    assert [load_rig(name).name for name in names] == names


def test_the_builtin_loopback_rig_states_the_default_limits() -> None:
    """What users copy says what holds without it."""
    assert load_rig("loopback").limits == Limits()


def test_the_builtin_loopback_rig_names_its_schema_first() -> None:
    """Editors look for it on the first line."""
    file = resource_folder("rigs") / "loopback.toml"

    assert file.read_text().splitlines()[0] == "#:schema rig.schema.json"


def test_the_schema_file_is_current() -> None:
    """Else: python -m deadstop.rig > rigs/rig.schema.json."""
    file = resource_folder("rigs") / "rig.schema.json"

    assert file.read_text() == schema_text()
    assert json.loads(file.read_text()) == rig_schema()


def test_a_minimal_rig_gets_the_defaults(tmp_path: Path) -> None:
    """What is left out has its default; what is said is kept."""
    rig = load(tmp_path, MINIMAL)

    assert rig.board.baud == 115_200
    assert (rig.board.proves, rig.board.simulated) == ("wire", True)
    assert rig.limits == Limits(standstill_ms=250.0)
    assert list(rig.components) == ["left", "right"]
    assert rig.motions["go"].calls[0].args == {"rpm": 60, "revolutions": 0.5}


def test_the_builtin_avr_rig_differs_from_the_loopback_one_in_its_board_only() -> None:
    """A case of one is the same case on the other."""
    loopback, avr = load_rig("loopback"), load_rig("avr")

    assert avr.board.kind == "avr"
    assert (avr.board.proves, avr.board.simulated) == ("pins", True)
    assert (avr.board.axes, avr.board.baud) == (
        loopback.board.axes,
        loopback.board.baud,
    )
    same = {"name": "", "description": "", "board": None}
    assert avr.model_copy(update=same) == loopback.model_copy(update=same)


def test_a_board_without_a_kind_is_the_loopback_one(tmp_path: Path) -> None:
    """As it was when there was no other."""
    assert load(tmp_path, changed('kind = "loopback"\n', "")).board.kind == "loopback"


def test_a_firmware_is_looked_for_beside_the_rig_file(tmp_path: Path) -> None:
    """Wherever the command is typed; an absolute path stays."""
    near = load(tmp_path, changed('"loopback"', '"avr"\nfirmware = "build/my.elf"'))
    assert isinstance(near.board, AvrBoardConfig)
    assert near.board.firmware == str(tmp_path / "build" / "my.elf")
    far = load(tmp_path, changed('"loopback"', '"avr"\nfirmware = "/my.elf"'))
    assert isinstance(far.board, AvrBoardConfig)
    assert far.board.firmware == "/my.elf"
    own = load_rig("avr").board
    assert isinstance(own, AvrBoardConfig)
    assert own.firmware == ""


@pytest.mark.parametrize("spelling", ["crlf", "bom"])
def test_windows_text_is_read_too(tmp_path: Path, spelling: str) -> None:
    """Line ends and a byte order mark make no difference."""
    raw = MINIMAL.encode()
    raw = b"\xef\xbb\xbf" + raw if spelling == "bom" else raw.replace(b"\n", b"\r\n")

    assert load(tmp_path, raw) == load(tmp_path, MINIMAL)


def test_arguments_keep_their_types(tmp_path: Path) -> None:
    """A union of scalars converts nothing."""
    args = '{ a = 1, b = 1.0, c = true, d = "1" }'
    rig = load(tmp_path, changed("{ rpm = 60, revolutions = 0.5 }", args))

    values = rig.motions["go"].calls[0].args.values()
    assert [type(value) for value in values] == [int, float, bool, str]


@pytest.mark.parametrize("kind", ["loopback", "avr"])
def test_a_shield_brings_its_axes(tmp_path: Path, kind: str) -> None:
    """A component may have all of them."""
    board = f'kind = "{kind}"\nshield = "cnc"\n'
    text = changed('kind = "loopback"\naxes = "ab"\n', board)
    rig = load(tmp_path, text.replace('axis = "b"', 'axis = "cb"'))

    assert isinstance(rig.board, LoopbackBoardConfig | AvrBoardConfig)
    assert (rig.board.shield, rig.board.axes) == ("cnc", "abc")
    assert rig.components["right"].axis == "cb"


def test_arguments_may_be_lists_and_tables(tmp_path: Path) -> None:
    """Whatever JSON can say; what a method makes of it is known to its API."""
    args = "{ positions = [30, -1.5], pose = { x = 1, names = ['a'] } }"
    rig = load(tmp_path, changed("{ rpm = 60, revolutions = 0.5 }", args))

    assert rig.motions["go"].calls[0].args == {
        "positions": [30, -1.5],
        "pose": {"x": 1, "names": ["a"]},
    }


def test_the_port_is_put_in_at_any_depth(tmp_path: Path) -> None:
    """Also within arrays and tables; other values stay."""
    port = 'port = "serial:{port}"\nmore = { list = ["{port}", 1, true] }'
    left = load(tmp_path, changed('port = "{port}"', port)).components["left"]

    assert left.attributes_for("/dev/x") == {
        "port": "serial:/dev/x",
        "more": {"list": ["/dev/x", 1, True]},
    }
    assert left.attributes["port"] == "serial:{port}"


def test_the_next_motion_is_the_call_itself_unless_said() -> None:
    """`next` is looked up by component."""
    motion = load_rig("loopback").motions["both"]
    left, right = motion.calls

    assert [motion.next_of(call).component for call in (left, right)] == [
        "left",
        "right",
    ]
    assert motion.next_of(left) is motion.newer_of(left) is motion.next[0]
    alone = motion.model_copy(update={"next": ()})
    assert alone.next_of(left) is alone.newer_of(left) is left


def test_of_two_next_motions_the_first_is_a_newer_ones_and_the_last_comes_after() -> (
    None
):
    """One that goes to a place would find the component there already."""
    motion = load_rig("arm-loopback").motions["joints"]
    (call,) = motion.calls

    assert [motion.newer_of(call), motion.next_of(call)] == list(motion.next)


def test_a_rig_cannot_be_changed() -> None:
    """A run's limits are those that were read."""
    limits = Limits()
    with pytest.raises(ValidationError, match="frozen"):
        limits.standstill_ms = 1.0


LIMITS = "standstill_ms = 250"
UNIT = r"every numeric key ends in its unit: did you mean standstill_ms\?"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (changed(LIMITS, "standstill = 250"), rf"26: unknown key 'standstill'.*{UNIT}"),
        (changed(LIMITS, "standstill_s = 0.2"), rf"26: .*{UNIT}"),
        (
            changed(LIMITS, "standstil_ms = 1"),
            r"26: unknown key 'standstil_ms' in \[limits\]; .*you mean standstill_ms\?",
        ),
        (
            changed("[board]", "quiet_ms = 1\n[board]"),
            r"2: .*write it under \[limits\]",
        ),
        (changed(LIMITS, 'standstill_ms = "1"'), r"26: .* is '1'; allowed: a number"),
        (changed(LIMITS, "standstill_ms = true"), r"26: .* is true; allowed: a number"),
        (changed(LIMITS, "standstill_ms = 0"), r"26: .* is 0; .*a number above 0"),
        (changed(LIMITS, "standstill_ms = nan"), r"26: .* is nan; .*a finite number"),
        (changed(LIMITS, "standstill_ms = inf"), r"26: .* is inf; .*a finite number"),
        (changed(LIMITS, "standstill_ms = 1" + "0" * 400), r"26: .* too large .*"),
        (changed(LIMITS, "standstill_ms = 1" + "0" * 5000), r" bad TOML: .*"),
        (changed('axes = "ab"', 'axes = "b"'), r"4: board.axes is 'b'; allowed: .*gap"),
        (
            changed('axes = "ab"', "baud = 9599"),
            r"4: .* is 9599; allowed: 9600 or more.*",
        ),
        (changed('axes = "ab"', "baud = 9600.0"), r"4: .*allowed: a whole number"),
        (
            changed('"loopback"', '"magic"'),
            r"3: board.kind is 'magic'; allowed: 'loopback', 'avr', .*, 'serial'",
        ),
        (
            changed('"loopback"', "3"),
            r"3: board.kind is 3; allowed: 'loopback', 'avr', 'program', 'serial'",
        ),
        (changed('kind = "loopback"\n', 'kin = "avr"\n'), r"3: .*'kin'.*mean kind\?"),
        (
            changed('"loopback"', '"serial"'),
            r"2: board is a table of 2; allowed: a `port` or a `usb`, and not both",
        ),
        (
            changed('"loopback"', '"serial"\nport = "tcp://there:1"'),
            r"4: board.port is 'tcp://there:1'; allowed: a path .*, socket://HOST.*",
        ),
        (
            changed('"loopback"', '"serial"\nusb = { serial = "7" }'),
            r"4: unknown key 'serial' in \[board.usb\]; known: serial_number, .*",
        ),
        (
            changed('"loopback"', '"serial"\nusb = {}'),
            r"4: board.usb is a table of 0; allowed: serial_number, .* one at least",
        ),
        (changed("[board]", "[[board]]"), r"2: board is an array of 1; .*a table"),
        (changed('"loopback"', '"avr"\nbaud = 9600'), r"4: .* is 9600; .*115200"),
        (
            changed('"loopback"', '"avr"\nfirmwear = "x.elf"'),
            r"4: .*'firmwear' in \[board\]; known: kind, .*did you mean firmware\?",
        ),
        (
            changed('kind = "loopback"', 'firmware = "x.elf"'),
            r"3: unknown key 'firmware' in \[board\]; known: kind, shield, .*",
        ),
        (
            changed('kind = "loopback"\naxes = "ab"', 'kind = "avr"\naxes = "abc"'),
            r"4: board.axes is 'abc'; allowed: 'ab'",
        ),
        (changed('axis = "b"', 'axis = "c"'), r"12: unknown axis 'c'; .* 'a', 'b'"),
        (changed('axis = "b"', 'axis = ""'), r"12: unknown axis ''; .* 'a', 'b'"),
        (changed('axis = "b"', 'axis = "bc"'), r"12: unknown axis 'c' in 'bc'; .*"),
        (
            changed('axis = "b"', 'axis = "bb"'),
            r"12: axis 'b' stands twice in .*",
        ),
        (changed('axis = "b"', 'axis = "ba"'), r"12: axis 'a' is also that of .*"),
        (changed('axes = "ab"', 'shield = "pi"'), r"4: .* is 'pi'; .*'motor' or 'cnc'"),
        (
            changed('axes = "ab"', 'axes = "ab"\nshield = "cnc"'),
            r"4: board.axes is 'ab'; allowed: 'abc'",
        ),
        (
            changed('axis = "b"', 'axis = "a"'),
            r"12: axis 'a' is also that of .*'left'.*",
        ),
        (changed('axis = "a"\n', ""), r"5: \[components.left\] has no 'axis' .*add it"),
        (changed("motor:MyMotor", "motor"), r"6: .*allowed: MODULE:CLASS, such as .*"),
        (changed('port = "{port}"', "port = nan"), r"9: .*port is nan; .*JSON.*"),
        (
            changed("rpm = 60, ", "rpm = nan, "),
            r"16: motions.go.calls\[0\].args.rpm .*",
        ),
        (
            changed("rpm = 60, ", "at = [[1], [inf]], "),
            r"16: motions.go.calls\[0\].args.at is an array of 2; allowed: .*JSON.*",
        ),
        (
            changed('"go_for"', '"__class__"'),
            r"15: .*method is '__class__'; .*underscore",
        ),
        (changed('component = "right"', 'component = "up"'), r"18: .*'up'.*'left', .*"),
        (changed('{ component = "right"', '{ component = "left"'), r"23: .*twice.*"),
        (
            changed(
                "[limits]",
                "next = [" + '{component="left",method="go"},' * 3 + "]\n[limits]",
            ),
            r"25: component 'left' is called three times in next; .* one or two .*",
        ),
        (changed("calls = [\n", 'struck = "x"\ncalls = [\n'), r"21: struck is 'x', .*"),
        (
            changed("args = { rpm = 60 }", "arg = 1"),
            r"23: .*'arg'.*did you mean args\?",
        ),
        (changed('name = "mine"', 'name = "../x"'), r"1: name is '../x'; allowed: .*"),
        (
            changed("motions.inline", 'motions."../x"'),
            r"20: motions.'../x' has a bad .*",
        ),
        (changed('name = "mine"', "name = mine"), r"1: bad TOML at column 8: .*"),
        (changed("axes =", 'kind = "loopback"\naxes ='), r"4: key 'kind' .*twice.*"),
        (MINIMAL + "[board]\n", r"27: .* is given twice .*"),
        (MINIMAL.encode() + b"# caf\xe9\n", r"27: byte 0xe9 is not UTF-8; .*"),
        (MINIMAL + 'x = "', r"27: bad TOML at .*"),
        (MINIMAL + "x = " + "[" * 5000 + "]" * 5000, r"1: .*nested too deep.*"),
        ("", r"1: the file is empty; .*"),
        ("limits = 5", r"1: the rig has no 'name' .*\(and 4 more mistakes\)"),
        ("#" * 2_000_000, r" has more than 1000000 bytes; .*"),
    ],
)
def test_a_mistake_is_told_with_its_line(
    tmp_path: Path, text: str | bytes, said: str
) -> None:
    """One line: where, what, what is allowed."""
    assert re.fullmatch(said, mistake(tmp_path, text))


def test_of_several_mistakes_the_first_in_the_file_is_told(tmp_path: Path) -> None:
    """The others are counted, not listed."""
    text = changed('axes = "ab"', "baud = 1").replace(LIMITS, "standstill = 1\nx = 1")

    said = mistake(tmp_path, text)

    assert said.startswith("4: board.baud is 1; ")
    assert said.endswith(" (and 2 more mistakes)")


def test_text_from_the_file_is_escaped(tmp_path: Path) -> None:
    """A rig file cannot write on the reader's terminal."""
    said = mistake(
        tmp_path, changed("[board]", '"a\\n\\u001b[31m\\u202e" = 1\n[board]')
    )

    assert said.startswith(r"2: unknown key 'a\n\x1b[31m\u202e' in the rig; ")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (".", "is a directory"),
        ("absent.toml", "there is no such file"),
        ("a\0b.toml", "there is no such file|cannot be read"),
        ("/dev/zero", "is not a regular file"),
    ],
)
def test_what_is_no_file_is_refused(tmp_path: Path, path: str, said: str) -> None:
    """Nothing is waited for, nothing is read without end."""
    with pytest.raises(RigFileError, match=rf"\A[ -~]+: ({said})"):
        load_rig(str(tmp_path / path))


@pytest.mark.parametrize("name", ["nope", "", "loopback\n", "rig.schema"])
def test_an_unknown_name_lists_the_builtin_rigs(name: str) -> None:
    """And says how to give a file."""
    with pytest.raises(UsageError, match=r"\Ano built-in rig .*loopback.*\.toml\Z"):
        load_rig(name)


def test_every_limit_says_why_its_default() -> None:
    """A limit that nobody can explain is not one."""
    for name, field in Limits.model_fields.items():
        assert field.description, name
        assert math.isfinite(field.default)
        assert name.endswith(("_us", "_ms", "_rev"))


def test_lines_are_found_in_every_form_of_toml() -> None:
    """Quoted and dotted keys, strings with brackets, tables in arrays."""
    text = '''\
a = "[x] # = {" # [not] = 1
"b c".d = """
[no]
""" # end
e = [ 1, [2,
  3], { f = 1.5, g.h = '}' } ]
[[i]]
j = 1
[[i]]
j = 2
[i.k]
'l.m' = 1979-05-27 07:32:00
'''
    tomllib.loads(text)
    lines = key_lines(text)

    assert lines == {
        ("a",): 1,
        ("b c",): 2,
        ("b c", "d"): 2,
        ("e",): 5,
        ("e", 0): 5,
        ("e", 1): 5,
        ("e", 1, 0): 5,
        ("e", 1, 1): 6,
        ("e", 2): 6,
        ("e", 2, "f"): 6,
        ("e", 2, "g"): 6,
        ("e", 2, "g", "h"): 6,
        ("i",): 7,
        ("i", 0): 7,
        ("i", 0, "j"): 8,
        ("i", 1): 9,
        ("i", 1, "j"): 10,
        ("i", 1, "k"): 11,
        ("i", 1, "k", "l.m"): 12,
    }
    assert find_line(lines, ("i", 1, "k", "absent")) == 11
    assert find_line(lines, ("absent",)) == 1
