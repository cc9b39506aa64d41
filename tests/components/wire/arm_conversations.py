"""The conversations of `firmware/vectors.json` with a cnc shield.

The notation is that of `conversations.py`.
"""

from typing import Final

from tests.components.wire.conversations import Step, refused

__all__ = ["ARM_CONVERSATIONS"]

_AXES: Final = "abc"
# Slow enough to be under way for all steps of a conversation, and within the lease.
_SLOW_CPS: Final = 500


def _all(form: str, *ends: object) -> tuple[str, ...]:
    """Tell of every axis; *ends* are what differs, ``?`` if nothing is given."""
    last = ends or ("?", "?", "?")
    return tuple(
        f"{form.format(axis)} {end}" for axis, end in zip(_AXES, last, strict=True)
    )


def _stopped(motion: int, cause: str, category: int = 0) -> tuple[str, ...]:
    """Tell how all axes stopped that were under way."""
    return (
        *_all(f"stopping {{}} {motion} {cause} {category}"),
        *_all(f"stopped {{}} {motion} {cause}"),
    )


# Every axis is at rest when the step begins.
_HELLO: Final = Step(
    "{1 hello 1}\n", ("=1 1 cnc-shield ? abc",), _all("stopped {} 0 hello", 0, 0, 0)
)
_LINE: Final = Step(
    f"{{2 line 1 2000 3000 1500 -3000 {_SLOW_CPS} 40000}}\n",
    ("=2 1 7",),
    _all("started {} 1", 0, 0, 0),
)

_B_STOPPED: Final = (
    "stopping b 1 byte 0 ?",
    "stopped b 1 byte ?",
    "stopped c 0 byte 0",
)


def _state(seq: int, axis: str, fields: str) -> Step:
    return Step(f"{{{seq} state {axis}}}\n", (f"={seq} {fields}",))


def _range(seq: int, axis: str, fields: str) -> Step:
    return Step(f"{{{seq} range {axis}}}\n", (f"={seq} {fields}",))


def _spin(seq: int, axis: str, motion: int, cps: int = _SLOW_CPS) -> Step:
    return Step(
        f"{{{seq} spin {axis} {motion} 2000 {cps}}}\n",
        (f"={seq} {motion}",),
        (f"started {axis} {motion} 0",),
    )


def _goto(seq: int, axis: str, motion: int, counts: int) -> Step:
    return Step(
        f"{{{seq} goto {axis} {motion} 2000 {counts} 8000}}\n",
        (f"={seq} {motion} {counts}",),
        (f"started {axis} {motion} 0", f"arrived {axis} {motion} {counts}"),
    )


def _home(seq: int, axis: str, motion: int, least_counts: int) -> Step:
    return Step(
        f"{{{seq} home {axis} {motion} 2000 1000}}\n",
        (f"={seq} {motion}",),
        (f"started {axis} {motion} ?", f"arrived {axis} {motion} {least_counts}"),
    )


ARM_CONVERSATIONS: Final[dict[str, tuple[Step, ...]]] = {
    "an arm tells what it is": (
        _HELLO,
        Step("{2 limits a}\n", ("=2 8000 40000 100000 50 2000",)),
        _range(3, "a", "-3200 3200 0"),
        _range(4, "b", "-1600 3200 0"),
        _range(5, "c", "-3200 3200 0"),
        refused("6 state d", "-6 5 unknown-axis"),
        _state(7, "c", "idle 0 0 0 0 none 0"),
    ),
    "a joint has no power to be set": (
        refused("1 power a 1 300 500", "-1 15 unable"),
        refused("2 power d 1 300 500", "-2 5 unknown-axis"),
        refused("3 power a 1 300", "-3 4 bad-argument"),
        _state(4, "a", "idle 0 0 0 0 none 0"),  # no number was used up
    ),
    "no joint moves before hello": (
        refused("1 line 1 300 100 0 0 1000 40000", "-1 8 no-session"),
        refused("2 via 1 100 0 0 1000", "-2 8 no-session"),
        refused("3 home a 2 300 1000", "-3 8 no-session"),
        refused("4 move b 2 300 100 1000", "-4 8 no-session"),
        _state(5, "a", "idle 0 0 0 0 none 2"),
        _state(6, "b", "idle 0 0 0 0 none 2"),
        _state(7, "c", "idle 0 0 0 0 none 1"),
        _range(8, "a", "-3200 3200 0"),
    ),
    "a line ends where it was sent, on every axis": (
        _HELLO,
        Step(
            "{2 line 1 2000 200 -50 0 4000 40000}\n",
            ("=2 1 7",),
            (*_all("started {} 1", 0, 0, 0), *_all("arrived {} 1", 200, -50, 0)),
        ),
        _state(3, "a", "idle 1 200 0 0 arrived 1"),
        _state(4, "b", "idle 1 -50 0 0 arrived 1"),
        _state(5, "c", "idle 1 0 0 0 arrived 1"),
        Step(
            "{6 line 2 2000 200 -50 0 4000 40000}\n",
            ("=6 2 7",),
            (*_all("started {} 2", 200, -50, 0), *_all("arrived {} 2", 200, -50, 0)),
        ),
    ),
    "a waypoint is passed, the last one is arrived at": (
        _HELLO,
        Step(
            "{2 line 1 2000 300 0 100 1000 40000}\n",
            ("=2 1 7",),
            _all("started {} 1", 0, 0, 0),
        ),
        Step(
            "{3 via 1 600 100 0 1000}\n",
            ("=3 1 6",),
            ("passed a 1 ?", *_all("arrived {} 1", 600, 100, 0)),
        ),
        refused("4 via 1 0 0 0 1000", "-4 13 not-running"),
        Step("{2 line 1 2000 300 0 100 1000 40000}\n", ("-2 7 stale-motion",)),
    ),
    "a line has room for eight": (
        _HELLO,
        _LINE,
        *(
            Step(f"{{{2 + n} via 1 {n} {n} {n} 500}}\n", (f"={2 + n} 1 {7 - n}",))
            for n in range(1, 8)
        ),
        refused("10 via 1 0 0 0 500", "-10 10 busy"),
        Step("!", (), _stopped(1, "byte")),
        refused("11 via 1 0 0 0 500", "-11 13 not-running"),
    ),
    "a repeated line is answered again and not carried out again": (
        _HELLO,
        _LINE,
        Step(_LINE.send, _LINE.answers),
        Step("{3 via 1 0 0 0 500}\n", ("=3 1 6",)),
        Step("{3 via 1 0 0 0 500}\n", ("=3 1 6",)),
        Step("{4 via 1 0 0 0 500}\n", ("=4 1 5",)),
        Step("A", (), _stopped(1, "byte")),
    ),
    "a line's number is new to every axis, and used up on every axis": (
        _HELLO,
        Step(
            "{2 move b 5 2000 10 1000}\n",
            ("=2 5 10",),
            ("started b 5 0", "arrived b 5 10"),
        ),
        refused("3 line 3 2000 10 10 10 1000 40000", "-3 7 stale-motion"),
        _state(4, "a", "idle 0 0 0 0 none 3"),
        _state(5, "b", "idle 5 10 0 0 arrived 5"),
        _state(6, "c", "idle 0 0 0 0 none 3"),
        refused("7 move a 3 2000 10 1000", "-7 7 stale-motion"),
        refused("8 line 6 49 10 10 10 1000 40000", "-8 6 limit"),
        refused("9 line 6 2000 10 10 10 1000 40000", "-9 7 stale-motion"),
        _state(10, "c", "idle 0 0 0 0 none 6"),
    ),
    "a line keeps to limits and ranges": (
        _HELLO,
        refused("2 line 1 49 10 0 0 1000 40000", "-2 6 limit"),
        refused("3 line 2 2001 10 0 0 1000 40000", "-3 6 limit"),
        refused("4 line 3 300 3201 0 0 1000 40000", "-4 6 limit"),
        refused("5 line 4 300 0 -1601 0 1000 40000", "-5 6 limit"),
        refused("6 line 5 300 0 0 -3201 1000 40000", "-6 6 limit"),
        refused("7 line 6 300 10 0 0 0 40000", "-7 6 limit"),
        refused("8 line 7 300 10 0 0 8001 40000", "-8 6 limit"),
        refused("9 line 8 300 10 0 0 -1 40000", "-9 6 limit"),
        refused("10 line 9 300 10 0 0 1000 0", "-10 6 limit"),
        refused("11 line 10 300 10 0 0 1000 40001", "-11 6 limit"),
        refused("12 line 11 300 10 0 0 1000", "-12 4 bad-argument"),
        refused("13 line 0 300 10 0 0 1000 40000", "-13 4 bad-argument"),
        refused("14 via 9 3201 0 0 1000", "-14 6 limit"),
        refused("15 via 9 0 0 0 0", "-15 6 limit"),
        refused("16 via 9 0 0 0 8001", "-16 6 limit"),
        refused("17 via 9 0 0 0 8000", "-17 13 not-running"),
    ),
    "a joint keeps to its range": (
        _HELLO,
        refused("2 goto a 1 300 3201 1000", "-2 6 limit"),
        refused("3 goto b 1 300 -1601 1000", "-3 6 limit"),
        refused("4 move c 1 300 -3201 1000", "-4 6 limit"),
        refused("5 home a 2 300 0", "-5 6 limit"),
        refused("6 home a 3 300 8001", "-6 6 limit"),
        refused("7 home a 4 300 -1000", "-7 6 limit"),
        refused("8 zero a 3201", "-8 6 limit"),
        refused("9 zero b -1601", "-9 6 limit"),
        _goto(10, "a", 5, 3150),
        Step(
            "{11 spin a 6 2000 1000}\n",
            ("=11 6",),
            ("started a 6 3150", "arrived a 6 3200"),
        ),
        _state(12, "a", "idle 6 3200 0 0 arrived 6"),
    ),
    "an axis that a line has is busy": (
        _HELLO,
        _LINE,
        refused("3 move a 2 300 10 1000", "-3 10 busy"),
        refused("4 home b 2 300 1000", "-4 10 busy"),
        refused("5 spin c 2 300 1000", "-5 10 busy"),
        refused("6 line 3 300 0 0 0 1000 40000", "-6 10 busy"),
        refused("7 zero b 0", "-7 10 busy"),
        refused("8 via 3 0 0 0 1000", "-8 13 not-running"),
        refused("9 keep a 3", "-9 13 not-running"),
        Step("{10 keep c 1}\n", ("=10 1",)),
        _state(11, "b", "moving 1 ? ? 1000 none 3"),
        Step("!", (), _stopped(1, "byte")),
    ),
    "a line waits for no axis": (
        _HELLO,
        _spin(2, "b", 1),
        refused("3 line 2 300 0 0 0 1000 40000", "-3 10 busy"),
        _state(4, "a", "idle 0 0 0 0 none 2"),
        _state(5, "b", "moving 1 ? ? 1000 none 2"),
        Step("A", (), ("stopped a 0 byte 0", *_B_STOPPED)),
    ),
    "a stop byte for any axis stops the arm and overtakes": (
        Step("C", (), _all("stopped {} 0 byte", 0, 0, 0)),
        _HELLO,
        Step(
            "{2 move a 1 2000 1|B|00 1000}\n",
            ("-2 9 overtaken",),
            _all("stopped {} 0 byte", 0, 0, 0),
        ),
        Step(
            "{3 line 2 2000 100 0 |C|0 1000 40000}\n",
            ("-3 9 overtaken",),
            _all("stopped {} 0 byte", 0, 0, 0),
        ),
        Step(
            "{4 line 3 2000 3000 0 0 500 40000}\n",
            ("=4 3 7",),
            _all("started {} 3", 0, 0, 0),
        ),
        Step("{5 via 3 1|B|00 0 0 500}\n", ("-5 9 overtaken",), _stopped(3, "byte")),
        _state(6, "b", "idle 3 0 0 0 byte 3"),
    ),
    "category 0 for one joint takes the power from all": (
        _HELLO,
        _spin(2, "a", 1),
        _spin(3, "b", 7, -_SLOW_CPS),
        Step(
            "{4 stop a 1 0}\n",
            ("=4 1 ?",),
            (
                "stopping a 1 stop 0 ?",
                "stopping b 7 stop 0 ?",
                "stopped c 0 stop 0",
                "stopped a 1 stop ?",
                "stopped b 7 stop ?",
            ),
        ),
        _state(5, "b", "idle 7 ? 0 0 stop 7"),
        Step(
            "{6 stop c 0 0}\n",
            ("=6 0 0",),
            ("stopped a 1 stop ?", "stopped b 7 stop ?", "stopped c 0 stop 0"),
        ),
    ),
    "a ramp is one joint's own": (
        _HELLO,
        _spin(2, "a", 1),
        _spin(3, "b", 1),
        Step(
            "{4 stop a 1 1}\n",
            ("=4 1 ?",),
            ("stopping a 1 stop 1 ?", "stopped a 1 stop ?"),
        ),
        _state(5, "a", "idle 1 ? 0 0 stop 1"),
        _state(6, "b", "moving 1 ? ? 1000 none 1"),
        Step("B", (), ("stopped a 1 byte ?", *_B_STOPPED)),
    ),
    "category 1 by any axis ramps the whole line down": (
        _HELLO,
        _LINE,
        Step("{3 stop c 1 1}\n", ("=3 1 ?",), _stopped(1, "stop", 1)),
        _state(4, "a", "idle 1 ? 0 0 stop 1"),
        refused("5 via 1 0 0 0 500", "-5 13 not-running"),
        Step("{6 stop a 1 1}\n", ("=6 1 ?",), ("stopped a 1 stop ?",)),
    ),
    "a line that holds is kept and stopped as one": (
        _HELLO,
        _LINE,
        Step("{3 stop b 0 2}\n", ("=3 1 ?",), _stopped(1, "stop", 2)),
        _state(4, "c", "holding 1 ? 0 1000 stop 1"),
        refused("5 via 1 0 0 0 500", "-5 13 not-running"),
        Step("{6 keep a 1}\n", ("=6 1",)),
        refused("7 zero a 0", "-7 10 busy"),
        Step(
            "{8 line 2 2000 0 0 0 500 40000}\n",
            ("=8 2 7",),
            (
                *_all("stopped {} 1 superseded"),
                *_all("started {} 2"),
                *_all("arrived {} 2", 0, 0, 0),
            ),
        ),
    ),
    "a newer motion takes a joint over, and a stop for the older is stale": (
        _HELLO,
        _spin(2, "a", 1),
        Step(
            "{3 move a 2 2000 -3000 500}\n",
            ("=3 2 ?",),
            ("stopped a 1 superseded ?", "started a 2 ?"),
        ),
        refused("4 stop a 1 0", "-4 7 stale-motion"),
        Step(
            "{5 halt 1}\n",
            ("=5",),
            (
                "stopping a 2 halt 1 ?",
                "stopped a 2 halt ?",
                "stopped b 0 halt 0",
                "stopped c 0 halt 0",
            ),
        ),
    ),
    "the lease of a line stops every joint": (
        _HELLO,
        Step(
            "{2 line 1 100 3000 0 -1000 500 40000}\n",
            ("=2 1 7",),
            (*_all("started {} 1", 0, 0, 0), *_stopped(1, "lease")),
        ),
        _state(3, "b", "idle 1 0 0 0 lease 1"),
        Step("{4 stats}\n", ("=4 ? 0 0 0 1",)),
    ),
    "the lease of one joint stops them all": (
        _HELLO,
        _spin(2, "a", 1),
        Step(
            "{3 spin c 1 100 500}\n",
            ("=3 1",),
            (
                "started c 1 0",
                "stopping a 1 lease 0 ?",
                "stopped b 0 lease 0",
                "stopping c 1 lease 0 ?",
                "stopped a 1 lease ?",
                "stopped c 1 lease ?",
            ),
        ),
        Step("{4 stats}\n", ("=4 ? 0 0 0 1",)),
    ),
    "a joint finds its home": (
        _HELLO,
        _goto(2, "b", 1, -1500),
        _home(3, "b", 2, -1600),
        _range(4, "b", "-1600 3200 1"),
        _range(5, "a", "-3200 3200 0"),
        _state(6, "b", "idle 2 -1600 0 0 arrived 2"),
        Step("{7 zero b -1600}\n", ("=7 -1600",)),
        _range(8, "b", "-1600 3200 0"),
    ),
    "an axis that looks for its home is busy": (
        _HELLO,
        Step("{2 home a 1 2000 500}\n", ("=2 1",), ("started a 1 0",)),
        refused("3 move a 2 300 10 1000", "-3 10 busy"),
        refused("4 line 3 300 0 0 0 1000 40000", "-4 10 busy"),
        _spin(5, "b", 4),
        Step(
            "{6 stop a 1 1}\n",
            ("=6 1 ?",),
            ("stopping a 1 stop 1 ?", "stopped a 1 stop ?"),
        ),
        _range(7, "a", "-3200 3200 0"),
        Step(
            "{8 hello 1}\n",
            ("=8 1 ? ? abc",),
            (
                "stopped a 1 hello ?",
                "stopping b 4 hello 0 ?",
                "stopped b 4 hello ?",
                "stopped c 0 hello 0",
            ),
        ),
    ),
}
