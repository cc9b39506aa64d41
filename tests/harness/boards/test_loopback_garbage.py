"""No noise makes the drive go on, and none keeps a stop from getting through."""

from hypothesis import given
from hypothesis import strategies as st

from arduino_actuators.wire import (
    AxisState,
    Command,
    Refusal,
    Verb,
    crc16,
    encode_command,
)
from deadstop.trace import Source
from tests.harness.boards.twin import Twin

MOTIONS = st.sampled_from(
    [
        Command(1, Verb.MOVE, ("a", 7, 300, 3200, 8000)),
        Command(2, Verb.GOTO, ("b", 7, 300, 3200, 8000)),
        Command(3, Verb.SPIN, ("a", 7, 300, -8000)),
        Command(4, Verb.POWER, ("b", 7, 300, 1000)),
    ]
)
FRAME_BYTES = st.sampled_from(sorted(b":abmovegtspinwr 0123456789-*\n\rA!?B"))


def must_stay_dead(twin: Twin) -> None:
    """Fail if any drive was ever applied, at the pins or at the shaft."""
    twin.wait(0.2)
    assert twin.kinds(Source.PINS) == []
    assert all(motor.position_rev == 0.0 for motor in twin.motors.values())


@given(noise=st.one_of(st.binary(max_size=400), st.lists(FRAME_BYTES).map(bytes)))
def test_noise_never_makes_the_drive_go_on(noise: bytes) -> None:
    """Any bytes, and bytes that look like frames."""
    twin = Twin()
    twin.hello()
    twin.send(noise)
    must_stay_dead(twin)


@given(command=MOTIONS, wrong=st.integers(1, 0xFFFF))
def test_a_motion_with_a_wrong_checksum_never_makes_the_drive_go_on(
    command: Command, wrong: int
) -> None:
    """All other checksums."""
    twin = Twin()
    twin.hello()
    body = encode_command(command).partition(b"*")[0]
    twin.send(b"%b*%04x\n" % (body, crc16(body) ^ wrong))
    must_stay_dead(twin)


@given(command=MOTIONS, place=st.integers(0, 60), bit=st.integers(0, 7))
def test_a_motion_with_one_bit_flipped_moves_nothing_but_what_was_asked(
    command: Command, place: int, bit: int
) -> None:
    """The checksum catches it, or it hit what is not covered: the line end."""
    twin = Twin()
    twin.hello()
    frame = bytearray(encode_command(command))
    place %= len(frame)
    frame[place] ^= 1 << bit
    twin.send(bytes(frame))
    if place == len(frame) - 1 and frame[place] == ord("\r"):
        return
    must_stay_dead(twin)


@given(noise=st.binary(max_size=200), byte=st.sampled_from([b"!", b"A", b"G"]))
def test_noise_never_keeps_a_stop_byte_from_acting(noise: bytes, byte: bytes) -> None:
    """Half a frame, a full buffer, anything."""
    twin = Twin()
    twin.hello()
    twin.spin("a", 1)
    twin.wait(0.1)
    twin.send(noise)
    twin.send(byte)
    assert twin.core.duty_permille("a") == 0
    assert twin.core.axis_state("a") in (AxisState.STOPPING, AxisState.IDLE)


@given(command=MOTIONS, data=st.data())
def test_a_stop_byte_anywhere_in_a_motion_keeps_it_from_starting(
    command: Command, data: st.DataObject
) -> None:
    """The letter of its axis, or the one for all."""
    twin = Twin()
    twin.hello()
    frame = encode_command(command)
    cut = data.draw(st.integers(1, len(frame) - 1))
    noise = data.draw(st.sampled_from([b"!", str(command.axis).upper().encode()]))
    twin.send(frame[:cut] + noise + frame[cut:])
    assert isinstance(twin.said[-1][1], Refusal)
    must_stay_dead(twin)
