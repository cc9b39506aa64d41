"""The decoder for this project's own board protocol, `firmware/PROTOCOL.md`."""

from typing import Final

from arduino_actuators.wire import (
    MOTION_VERBS,
    AxisNotice,
    BoardDecoder,
    BoardEvent,
    BoardItem,
    BootNotice,
    Command,
    Comment,
    Event,
    Garbled,
    HostDecoder,
    QueryByte,
    Received,
    Refusal,
    Rejected,
    RejectNotice,
    Reply,
    StopByte,
    StopCategory,
    Verb,
    WireError,
)
from deadstop.link.decoder import Fact, LinkKind, escaped
from deadstop.trace import Scalar

__all__ = ["DeadstopDecoder"]

ALL_AXES: Final = "*"
# Boards whose axes share their drive power: what stops one at once stops them all
# (section 1 of the protocol). They name themselves in the answer to `hello`.
_SHARED_POWER: Final = frozenset({"cnc-shield"})
_BEGINNINGS: Final = MOTION_VERBS | {Verb.VIA}
# The same section: never part of a frame, though they can arrive amid one.
_ACT_AT_ONCE: Final = b"!?ABCDEFGH\r"
_KINDS: Final = {
    Verb.HELLO: LinkKind.SESSION,
    Verb.LIMITS: LinkKind.QUERY,
    Verb.STATE: LinkKind.QUERY,
    Verb.STATS: LinkKind.QUERY,
    Verb.KEEP: LinkKind.KEEP,
    Verb.STOP: LinkKind.STOP,
    Verb.HALT: LinkKind.STOP,
    Verb.ZERO: LinkKind.SETTING,
    Verb.CLEAR: LinkKind.SETTING,
    Verb.RANGE: LinkKind.QUERY,
    Verb.VIA: LinkKind.MOTION,
    **dict.fromkeys(MOTION_VERBS, LinkKind.MOTION),
}


class DeadstopDecoder:
    """Reads both directions, and matches answers to the commands they answer."""

    def __init__(self) -> None:
        """Begin between two frames."""
        self._board = BoardDecoder()
        self._host = HostDecoder()
        self._unfinished = b""  # the frame that the component is writing
        self._begun_told = False
        self._asked: dict[int, Command] = {}  # by SEQ, so at most 256
        self._lines: dict[int, int] = {}  # the lease of each `line`, by its motion
        self._shared_power = False

    def from_component(self, data: bytes) -> list[Fact]:
        """Return what *data*, sent by the component, completed or began."""
        facts = [self._told(item) for item in self._board.feed(data)]
        begun = self._begun(data)
        return facts if begun is None else [*facts, begun]

    def from_board(self, data: bytes) -> list[Fact]:
        """Return what *data*, sent by the board, completed."""
        facts = []
        for item in self._host.feed(data):
            match item:
                case Reply():
                    told = self._answered(item.seq)
                    told["fields"] = " ".join(item.fields)
                    if told["verb"] == Verb.HELLO and self._shares(item.fields):
                        told["shared_power"] = True
                    facts.append(Fact(LinkKind.ACK, told))
                case Refusal():
                    told = self._answered(item.seq)
                    told |= {"code": item.code.value, "name": item.code.word}
                    facts.append(Fact(LinkKind.REFUSED, told))
                case Event():
                    facts.append(_event(item))
                case Garbled():
                    facts.append(_garbled("rx", item.why, item.raw))
                case Comment():
                    pass  # for people
        return facts

    def _told(self, item: BoardItem) -> Fact:
        data: dict[str, Scalar]
        match item:
            case StopByte():
                axis = ALL_AXES if self._shared_power else item.axis or ALL_AXES
                data = {"axis": axis, "how": "byte", "motion": None, "category": 0}
                return Fact(LinkKind.STOP, {**data, "frame_bytes": 1})
            case QueryByte():
                data = {"verb": "?", "axis": ALL_AXES, "frame_bytes": 1}
                return Fact(LinkKind.QUERY, data)
            case Rejected():
                return _garbled("tx", item.code.word, item.raw)
            case Received():
                return self._commanded(item)

    def _shares(self, fields: tuple[str, ...]) -> bool:
        self._shared_power = bool(_SHARED_POWER & set(fields[1:2]))
        return self._shared_power

    def _commanded(self, item: Received) -> Fact:
        command = item.command
        self._asked[command.seq] = command
        kind = _KINDS[command.verb]
        data: dict[str, Scalar] = {
            "verb": command.verb.value,
            "axis": self._axis(command),
            "motion": command.motion,
            "seq": command.seq,
            "frame_bytes": len(item.raw),
        }
        if kind is LinkKind.MOTION:
            data["overtaken"] = item.overtaken
            data["lease_ms"] = self._lease_ms(command)
        elif kind is LinkKind.STOP:
            category = command.number("category")
            data |= {"how": "frame", "category": category}
            if self._shared_power and category == StopCategory.REMOVE_POWER:
                data["axis"] = ALL_AXES
        return Fact(kind, data)

    def _axis(self, command: Command) -> str | None:
        """What *command* is for: a motion of `line` is one motion of all axes."""
        if command.motion in self._lines and command.verb in (Verb.STOP, Verb.KEEP):
            return ALL_AXES
        if command.verb in (Verb.LINE, Verb.VIA, Verb.HALT):
            return ALL_AXES
        return command.axis

    def _lease_ms(self, command: Command) -> int:
        motion = command.number("motion")
        if command.verb is Verb.VIA:
            return self._lines.get(motion, 0)
        lease_ms = command.number("lease_ms")
        if command.verb is Verb.LINE:
            self._lines[motion] = lease_ms
        else:
            self._lines.pop(motion, None)  # the number is another motion's from now on
        return lease_ms

    def _begun(self, data: bytes) -> Fact | None:
        """Tell of a frame that asks for motion as soon as its verb can be read."""
        if not self._board.in_frame:
            self._unfinished = b""
            return None
        seen = self._unfinished + data.translate(None, _ACT_AT_ONCE)
        start = seen.rfind(b":")
        if start > 0 or not self._unfinished:
            self._begun_told = False
        self._unfinished = seen[start:]
        words = self._unfinished.split(b" ")
        if self._begun_told or len(words) < 3:  # noqa: PLR2004 - SEQ, VERB and more
            return None
        verb = words[1].decode("ascii", "replace")
        if verb not in _BEGINNINGS:
            return None
        self._begun_told = True
        return Fact(LinkKind.MOTION_BEGUN, {"verb": verb})

    def _answered(self, seq: int) -> dict[str, Scalar]:
        command = self._asked.get(seq)
        if command is None:
            return {"seq": seq, "verb": None, "axis": None, "motion": None}
        return {
            "seq": seq,
            "verb": command.verb.value,
            "axis": command.axis,
            "motion": command.motion,
        }


def _event(item: Event) -> Fact:
    """Read an event of section 5; one whose fields are wrong is garbled."""
    data: dict[str, Scalar] = {"event": item.event.value, "number": item.number}
    blank: dict[str, Scalar] = {"axis": None, "motion": None, "cause": None}
    try:
        match item.event:
            case BoardEvent.BOOT:
                boot = BootNotice.from_event(item)
                data |= blank | {"cause": boot.cause.value, "build": boot.build}
            case BoardEvent.REJECT:
                code = RejectNotice.from_event(item).code
                data |= blank | {"code": code.value, "name": code.word}
            case _:
                notice = AxisNotice.from_event(item)
                data |= {
                    "axis": notice.axis,
                    "motion": notice.motion,
                    "cause": None if notice.cause is None else notice.cause.value,
                    "position_counts": notice.position_counts,
                }
                if notice.category is not None:
                    data["category"] = notice.category.value
                if notice.fault is not None:
                    data |= {"code": notice.fault.value, "name": notice.fault.word}
    except WireError as error:
        fields = " ".join((item.event.value, *item.fields)).encode("ascii", "replace")
        return _garbled("rx", str(error), fields)
    return Fact(LinkKind.BOARD_EVENT, data)


def _garbled(direction: str, why: str, raw: bytes) -> Fact:
    data: dict[str, Scalar] = {
        "direction": direction,
        "why": escaped(why.encode("utf-8", "backslashreplace")),
        "hex": raw.hex(),
        "frame_bytes": len(raw),
    }
    return Fact(LinkKind.GARBLED, data)
