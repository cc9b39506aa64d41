"""Commands, messages and reports say what is wrong with what cannot be."""

from collections.abc import Callable

import pytest

from arduino_actuators import wire

_REPORTS = [
    (wire.Identity, wire.Identity(1, "uno", "0-1-0", "ab")),
    (
        wire.AxisReport,
        wire.AxisReport(
            wire.AxisState.MOVING, 42, -3, 100, -250, wire.Cause.NONE, 65_535
        ),
    ),
    (wire.Limits, wire.Limits(8_000, 20_000, 1_000_000, 50, 2_000)),
    (wire.Stats, wire.Stats(1, 2, 3, 4, 5)),
]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: wire.hello(256), "^hello: seq is 256, not 0 to 255$"),
        (lambda: wire.state(1, "z"), "^state: axis is 'z', not a letter of 'abcdefgh'"),
        (
            lambda: wire.keep(1, "a", 0),
            "^keep: motion is 0, not an integer from 1",
        ),
        (lambda: wire.spin(1, "a", 2, 49, 5), "^spin: lease_ms is 49, not 50 to 2000$"),
        (lambda: wire.spin(1, "a", 2, 300, 0), "^spin: speed_cps is 0, .* without 0$"),
        (lambda: wire.move(1, "a", 2, 300, 9, -5), "^move: speed_cps is -5, not 1 to"),
        (
            lambda: wire.goto(1, "a", 2, 300, 2**31, 5),
            "^goto: target_counts is 2147",
        ),
        (
            lambda: wire.power(1, "a", 2, 300, 1001),
            "^power: duty_permille is 1001",
        ),
    ],
)
def test_what_every_board_would_refuse_is_not_built(
    build: Callable[[], wire.Command], message: str
) -> None:
    """The error names the verb, the argument, its value and what is allowed."""
    with pytest.raises(ValueError, match=message):
        build()


def test_what_a_board_must_refuse_can_be_sent_to_it() -> None:
    """A test may write a lease that no board takes; the builders would not."""
    command = wire.Command(1, wire.Verb.SPIN, ("a", 2, 1, 0))

    assert wire.encode_command(command).startswith(b":1 spin a 2 1 0*")


def test_a_command_wants_all_its_arguments() -> None:
    """And says which they are."""
    with pytest.raises(ValueError, match=r"^keep takes axis motion, not \('a',\)$"):
        wire.encode_command(wire.Command(1, wire.Verb.KEEP, ("a",)))


def test_a_command_tells_its_arguments_by_name() -> None:
    """As PROTOCOL.md spells them."""
    move = wire.move(17, "a", 42, 300, -3200, 8000)

    assert (move.axis, move.motion) == ("a", 42)
    assert move.number("delta_counts") == -3200
    with pytest.raises(KeyError, match="move has no integer 'axis'; it has: motion, l"):
        move.number("axis")
    assert (wire.stats(1).axis, wire.stats(1).motion) == (None, None)


@pytest.mark.timeout(10)
def test_a_stop_category_is_written_without_counting_up_to_it() -> None:
    """`IntEnum in range` counts: a minute, where a motor waits for its stop."""
    halt = wire.halt(1, wire.StopCategory.RAMP_THEN_HOLD)
    stop = wire.stop(2, "a", 42, wire.StopCategory.REMOVE_POWER)

    assert wire.encode_command(halt).startswith(b":1 halt 2*")
    assert wire.encode_command(stop).startswith(b":2 stop a 42 0*")
    assert (halt.axis, halt.motion, halt.number("category")) == (None, None, 2)


@pytest.mark.parametrize(
    ("message", "error"),
    [
        (wire.Reply(256), "256 is not 0 to 255"),
        (wire.Reply(1, ("",)), "^field '' of"),
        (wire.Reply(1, ("a b",)), "^field 'a b' of"),
        (wire.Reply(1, ("x\n",)), r"^field 'x\\n' of"),
        (wire.Reply(1, ("z" * 250,)), "^2[0-9]{2} bytes, at most 256"),
        (wire.Comment("two\nlines"), "not printable ASCII$"),
    ],
)
def test_what_is_no_line_is_not_written(message: wire.Message, error: str) -> None:
    """A board in Python cannot break the framing by a field."""
    with pytest.raises(ValueError, match=error):
        wire.encode_message(message)


@pytest.mark.parametrize(("kind", "report"), _REPORTS)
def test_reports_go_round(kind: type[wire.Identity], report: wire.Identity) -> None:
    """What a board writes is what a host reads."""
    assert kind.from_reply(wire.Reply(1, report.fields)) == report


@pytest.mark.parametrize(("kind", "report"), _REPORTS)
def test_a_report_with_a_field_missing_is_an_error(
    kind: type[wire.Identity], report: wire.Identity
) -> None:
    """It names the command and shows the fields."""
    with pytest.raises(wire.WireError, match=r"^answer to [a-z]+ '.*': not enough"):
        kind.from_reply(wire.Reply(1, report.fields[:-1]))


@pytest.mark.parametrize(
    ("event", "fields"),
    [
        (wire.BoardEvent.STARTED, ("a", "1")),
        (wire.BoardEvent.STARTED, ("a", "1", "byte", "0")),
        (wire.BoardEvent.STOPPING, ("a", "1", "byte", "3", "0")),
        (wire.BoardEvent.STOPPED, ("a", "1", "bored", "0")),
        (wire.BoardEvent.STOPPED, ("ab", "1", "byte", "0")),
        (wire.BoardEvent.FAULT, ("a", "1", "1", "tracking", "0")),
        (wire.BoardEvent.BOOT, ("power", "0-1-0")),
        (wire.BoardEvent.REJECT, ("2", "bad-checksum")),
    ],
)
def test_an_event_that_is_no_notice_of_an_axis_is_an_error(
    event: wire.BoardEvent, fields: tuple[str, ...]
) -> None:
    """The error names the event and shows the fields."""
    with pytest.raises(wire.WireError, match=f"^{event} '{' '.join(fields)}': "):
        wire.AxisNotice.from_event(wire.Event(1, event, fields))


def test_boot_and_reject_have_notices_of_their_own() -> None:
    """And go round as well."""
    boot = wire.BootNotice(wire.BootCause.WATCHDOG, "0-1-0")
    reject = wire.RejectNotice(wire.ErrorCode.TOO_LONG)

    booted = wire.Event(0, wire.BoardEvent.BOOT, boot.fields)
    rejected = wire.Event(1, wire.BoardEvent.REJECT, reject.fields)
    assert wire.BootNotice.from_event(booted) == boot
    assert wire.RejectNotice.from_event(rejected) == reject
    with pytest.raises(wire.WireError, match=r"^reject .*: not a boot$"):
        wire.BootNotice.from_event(rejected)
    with pytest.raises(wire.WireError, match=r"^boot .*: not a reject$"):
        wire.RejectNotice.from_event(booted)
