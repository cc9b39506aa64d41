"""The waveforms of a trace: exact edges, a UART that decodes, nothing obeyed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deadstop.report.vcd import write_waves
from deadstop.trace import Event, Scalar, Source, Trace
from tests.harness.report.picture import (
    POWER_UP_S,
    TICKS,
    Picture,
    drawn,
    event,
    level,
    uart,
)
from tests.harness.report_values import HOSTILE

BIT_TICKS = 136 * TICKS
FRAME = b":1 hello 1*5f1c\n"
MEANINGFUL = frozenset("#$01xXzZbBrRsS")  # what a token of a VCD may begin with


def decoded(picture: Picture, name: str) -> Iterator[tuple[int, int]]:
    """Yield the tick of each start bit and the byte, as a UART of 8N1 samples them."""
    wave = picture.waves[name]
    tick = 0
    while True:
        falls = [t for t, value in wave if t >= tick and value == 0]
        if not falls:
            return
        start = falls[0]
        middles = [start + BIT_TICKS // 2 + bit * BIT_TICKS for bit in range(10)]
        bits = [int(picture.at(name, middle)) for middle in middles]
        assert bits[0] == 0
        assert bits[9] == 1, "framing error"
        yield start, sum(bit << n for n, bit in enumerate(bits[1:9]))
        tick = middles[9]


def test_the_uart_decodes_to_the_bytes_that_crossed_it(tmp_path: Path) -> None:
    """Every byte there is, and each start bit at its cycle."""
    every = bytes(range(256))

    picture = drawn(tmp_path, uart(1000, "rx", every), uart(1001, "tx", FRAME))

    assert list(decoded(picture, "host.rxd")) == [
        ((1000 + 1360 * number) * TICKS, byte) for number, byte in enumerate(every)
    ]
    assert bytes(byte for _, byte in decoded(picture, "board.txd")) == FRAME
    assert picture.waves["host.rxd"][0] == (0, 1)  # idle is high


def test_a_line_of_text_stands_where_it_crossed_the_wire(tmp_path: Path) -> None:
    """In two runs without a gap it is one line; a gap ends it."""
    half = 5 * 1360
    picture = drawn(
        tmp_path,
        uart(1000, "tx", FRAME[:5]),
        uart(1000 + half, "tx", FRAME[5:]),
        uart(200_000, "tx", b"# half"),
        uart(400_000, "tx", b"=1\r\n"),
    )

    assert picture.edges("board.board_line") == [
        (1000 * TICKS, FRAME.decode().strip()),
        ((1000 + 1360 * len(FRAME)) * TICKS, ""),
        (200_000 * TICKS, "# half"),
        ((200_000 + 1360 * 6) * TICKS, ""),
        (400_000 * TICKS, "=1"),
        ((400_000 + 1360 * 4) * TICKS, ""),
    ]


def test_a_stop_byte_is_seen_amid_a_frame(tmp_path: Path) -> None:
    """It is what one looks for."""
    picture = drawn(tmp_path, uart(0, "rx", b":1 heAllo"))

    said = [value for _, value in picture.waves["host.host_line"] if value]
    assert said == [":1 he", "A", "llo"]


def test_an_edge_of_a_pin_is_exact_to_the_cycle(tmp_path: Path) -> None:
    """Also hours after the power-up; a cycle is 62.5 ns."""
    late = 16_000_000 * 3600 * 5 + 1

    picture = drawn(tmp_path, level(3, "brake", 1), level(late, "brake", 0))

    assert picture.timescale == "100 ps"
    assert picture.waves["axis_a.a_brake"] == [
        (0, 0),  # its first edge tells it
        (3 * 625, 1),
        (late * 625, 0),
    ]
    assert picture.waves["axis_a.a_pwm_on"] == [(0, "x")]  # nothing does


@pytest.mark.parametrize(
    ("signal", "name"),
    [
        ("direction", "a_direction"),
        ("brake", "a_brake"),
        ("pwm", "a_pwm_on"),
        ("enable", "a_enable"),
    ],
)
def test_every_pin_of_the_shield_is_a_wire(
    tmp_path: Path, signal: str, name: str
) -> None:
    """By a name that PulseView can tell apart."""
    picture = drawn(tmp_path, level(2, signal, 1))

    assert picture.waves[f"axis_a.{name}"] == [(0, 0), (2 * TICKS, 1)]


def test_drive_and_shaft_are_figures(tmp_path: Path) -> None:
    """Signed; and off is off."""
    picture = drawn(
        tmp_path,
        event(16, Source.PINS, "drive", axis="b", duty_permille=-262, brake=False),
        event(
            32, Source.SHAFT, "sample", axis="b", position_rev=-0.25, speed_rev_s=-1.5
        ),
        event(48, Source.PINS, "drive", axis="b", duty_permille=0, brake=True),
        event(64, Source.SHAFT, "standstill", axis="b", position_rev=-0.5),
    )

    assert picture.edges("axis_b.b_drive_permille") == [(10_000, -262), (30_000, 0)]
    assert picture.waves["axis_b.b_drive_off"] == [(0, 1), (10_000, 0), (30_000, 1)]
    assert picture.edges("axis_b.b_shaft_rev_s") == [(20_000, -1.5), (40_000, 0.0)]
    assert picture.edges("axis_b.b_position_rev") == [(20_000, -0.25), (40_000, -0.5)]
    assert not [name for name in picture.waves if name.startswith("axis_a")]


def test_the_host_stands_on_the_same_axis_as_the_chip(tmp_path: Path) -> None:
    """The trigger by its stamp, to the microsecond at least."""
    after_s = 0.25
    picture = drawn(
        tmp_path,
        level(160, "pwm", 1),
        Event(POWER_UP_S + 0.1, Source.JUDGE, "case", {"motion": "go_for"}),
        Event(POWER_UP_S + 0.2, Source.JUDGE, "moment", {"moment": "cruise"}),
        Event(POWER_UP_S + after_s, Source.JUDGE, "strike", {"trigger": "client-kill"}),
        Event(POWER_UP_S + 0.26, Source.SERVER, "call-cancelled", {"call": "left#1"}),
    )

    ((tick, struck),) = picture.edges("case.struck")
    assert struck == 1
    assert tick == pytest.approx(after_s * 1e10, abs=10_000)
    assert picture.edges("case.trigger") == [(tick, "client-kill")]
    assert [value for _, value in picture.edges("case.motion")] == ["go_for"]
    assert [value for _, value in picture.edges("case.moment")] == ["cruise"]
    ((told_tick, told),) = picture.edges("case.operation_cancelled")
    assert told == 1
    assert told_tick - tick == pytest.approx(1e8, abs=10_000)


def test_what_came_before_the_power_up_begins_the_picture(tmp_path: Path) -> None:
    """And the cycles keep their distances."""
    picture = drawn(
        tmp_path,
        Event(POWER_UP_S - 1.0, Source.JUDGE, "case", {"motion": "go_to"}),
        level(16, "brake", 1),
        level(17, "brake", 0),
    )

    (up, _), (down, _) = picture.edges("axis_a.a_brake")
    assert up == pytest.approx(1e10, abs=20_000)
    assert down - up == TICKS
    assert picture.waves["case.motion"] == [(0, "go_to")]


def test_what_the_board_says_of_itself_is_named(tmp_path: Path) -> None:
    """Two commands alike are two; a reset is a pulse."""
    keep: dict[str, Scalar] = {"verb": "keep", "axis": "a", "motion": 1}
    stopping: dict[str, Scalar] = {
        "event": "stopping",
        "axis": "a",
        "motion": 1,
        "cause": "lease",
    }
    picture = drawn(
        tmp_path,
        event(0, Source.BOARD, "boot", cause="power"),
        event(100, Source.BOARD, "command", **keep, seq=7),
        event(200, Source.BOARD, "command", **keep, seq=8),
        event(300, Source.BOARD, "state", axis="a", state="stopping", motion=1),
        event(300, Source.BOARD, "event", **stopping),
        event(400, Source.BOARD, "stop-byte", axis="*"),
        level(500, "brake", 1),
    )

    assert picture.edges("board.command") == [
        (100 * TICKS, "keep a 1 seq 7"),
        (200 * TICKS, "keep a 1 seq 8"),
    ]
    assert picture.edges("board.event") == [
        (300 * TICKS, "stopping a 1 lease"),
        (400 * TICKS, "stop-byte *"),
    ]
    assert picture.waves["board.event"][0] == (0, "boot power")
    assert picture.edges("axis_a.a_state") == [(300 * TICKS, "stopping")]
    assert picture.waves["board.reset"] == [(0, 1), (16_000 * TICKS, 0)]


def test_hostile_text_is_shown_and_not_obeyed(tmp_path: Path) -> None:
    """Neither a viewer nor a terminal finds anything in it to act on."""
    bad = f"{HOSTILE} $end\n#0\n1!"
    picture = drawn(
        tmp_path,
        level(1, "brake", 1),
        level(2, "brake", 0, axis="$end x"),
        event(3, Source.BOARD, "state", axis="a", state=bad, motion=1),
        event(4, Source.BOARD, "event", event=bad, axis="a", motion=bad, cause=bad),
        event(5, Source.BOARD, "state", axis="é", state="idle", motion=1),
        uart(6, "tx", bad.encode()),
        Event(POWER_UP_S + 1, Source.JUDGE, "strike", {"trigger": bad}),
    )

    text = (tmp_path / "trace.vcd").read_bytes()
    assert not [byte for byte in text if byte != 10 and not 32 <= byte < 127]
    ((_, trigger),) = picture.edges("case.trigger")
    assert str(trigger).startswith("\\x1b[2J\\x1b]0;x\\x07 \\u202egnp.exe")
    assert picture.edges("axis_a.a_brake") == [(625, 1)]
    assert sorted({name.partition(".")[0] for name in picture.waves}) == [
        "axis_a",
        "board",
        "case",
        "host",
    ]


def test_facts_of_another_kind_are_left_out(tmp_path: Path) -> None:
    """A saved trace may say anything; the rest of it is still drawn."""
    picture = drawn(
        tmp_path,
        level(1, "brake", 1),
        level(2, "brake", 7),
        level(3, "lamp", 1),
        event(4, Source.PINS, "level", axis="a", signal=None, level=True),
        event(5, Source.PINS, "drive", axis="a", duty_permille="full"),
        event(6, Source.PINS, "drive", axis="a", duty_permille=10**30),
        event(7, Source.PINS, "uart", line="rx", hex="0g"),
        event(8, Source.PINS, "uart", line="rz", hex="00"),
        event(9, Source.SHAFT, "sample", axis="a", position_rev=float("nan")),
        Event(POWER_UP_S, Source.PINS, "level", {"axis": "a", "cycle": -1}),
    )

    assert {name: wave for name, wave in picture.waves.items() if len(wave) > 1} == {
        "axis_a.a_brake": [(0, 0), (625, 1)]
    }


def test_a_trace_without_cycles_has_no_picture(tmp_path: Path) -> None:
    """A twin knows no CPU."""
    drive: dict[str, Scalar] = {"axis": "a", "duty_permille": 500, "brake": False}

    with pytest.raises(ValueError, match="knows no CPU cycles"):
        drawn(tmp_path, Event(1.0, Source.PINS, "drive", drive))

    assert list(tmp_path.iterdir()) == []


def test_the_same_trace_gives_the_same_bytes(tmp_path: Path) -> None:
    """No date, no path."""
    events = [level(5, "brake", 1), uart(9, "rx", b"!")]
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        drawn(tmp_path / name, *events)

    for file in ("trace.vcd", "trace.gtkw"):
        one = (tmp_path / "one" / file).read_bytes()
        assert one == (tmp_path / "two" / file).read_bytes()


def test_viewers_that_know_no_texts_are_not_misled(tmp_path: Path) -> None:
    """Text signals have no identifier that would be a token by itself."""
    picture = drawn(
        tmp_path, level(1, "brake", 1), *(level(1, "brake", 1, a) for a in "bcd")
    )

    texts = [
        name for name, wave in picture.waves.items() if isinstance(wave[0][1], str)
    ]
    assert "axis_d.d_state" in texts
    named = {name: picture.ids[name] for name in texts if wave_is_text(picture, name)}
    assert len(named) == 7 + 4
    assert not [name for name, letter in named.items() if letter in MEANINGFUL]


def wave_is_text(picture: Picture, name: str) -> bool:
    """Whether a signal is a text: not a wire that nobody has seen."""
    return picture.waves[name][0][1] != "x"


def test_no_two_signals_have_the_same_name(tmp_path: Path) -> None:
    """PulseView shows no scopes."""
    picture = drawn(tmp_path, level(1, "brake", 1), level(1, "brake", 1, "b"))

    leaves = [name.partition(".")[2] for name in picture.waves]
    assert len(set(leaves)) == len(leaves)


def test_gtkwave_is_told_of_every_signal(tmp_path: Path) -> None:
    """By its full name, in its group."""
    picture = drawn(tmp_path, level(1, "brake", 1))

    lines = (tmp_path / "trace.gtkw").read_text(encoding="ascii").splitlines()
    assert '[dumpfile] "trace.vcd"' in lines
    shown = [line.split()[-1] for line in lines if line.startswith("+")]
    assert sorted(shown) == sorted(f"deadstop.{name}" for name in picture.waves)
    assert lines.count("-axis_a") == 2


def test_every_case_with_cycles_gets_its_waves(tmp_path: Path) -> None:
    """The others get nothing."""
    cases = tmp_path / "cases" / "go_for" / "client-close"
    for name, events in {
        "cruise": [level(1, "brake", 1)],
        "idle": [Event(1.0, Source.JUDGE, "case", {"motion": "go_for"})],
    }.items():
        (cases / name).mkdir(parents=True)
        Trace(events).write(cases / name / "trace.jsonl")

    write_waves(tmp_path)

    written = {str(p.relative_to(cases)) for p in cases.rglob("trace.[vg]*")}
    assert written == {"cruise/trace.vcd", "cruise/trace.gtkw"}
