"""The conversations of `firmware/vectors.json`, as a person wrote them.

`{...}` becomes a frame with its checksum; `|...|` within are bytes that come in its
midst without being part of it. A step is what is sent, then what must come.
"""

from dataclasses import dataclass
from typing import Final

__all__ = ["CONVERSATIONS", "Step", "refused"]


@dataclass(frozen=True, slots=True)
class Step:
    """What the host sends, and all that the board tells until the next step."""

    send: str
    answers: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    comments: int = 0


def refused(frame: str, answer: str) -> Step:
    """Ask for something, and tell what the board says to it."""
    return Step(f"{{{frame}}}\n", (answer,))


# Every axis is at rest when the step begins.
_HELLO: Final = Step(
    "{1 hello 1}\n",
    ("=1 1 ? ? ab",),
    ("stopped a 0 hello 0", "stopped b 0 hello 0"),
)
_POWER: Final = Step("{2 power a 1 2000 500}\n", ("=2 1",), ("started a 1 0",))
_STOP_A: Final = Step("A", (), ("stopping a 1 byte 0 ?", "stopped a 1 byte ?"))


def _motion(seq: int, motion: int, byte: str = "A") -> tuple[Step, Step]:
    """Start a motion on axis a and stop it."""
    return (
        Step(
            f"{{{seq} power a {motion} 2000 500}}\n",
            (f"={seq} {motion}",),
            (f"started a {motion} ?",),
        ),
        Step(byte, (), (f"stopping a {motion} byte 0 ?", f"stopped a {motion} byte ?")),
    )


CONVERSATIONS: Final[dict[str, tuple[Step, ...]]] = {
    "nothing moves before hello": (
        refused("1 move a 1 300 100 100", "-1 8 no-session"),
        refused("2 goto a 1 300 100 100", "-2 8 no-session"),
        refused("3 spin a 1 300 100", "-3 8 no-session"),
        refused("4 power a 1 300 500", "-4 8 no-session"),
        refused("5 keep a 1", "-5 8 no-session"),
        refused("6 zero a 5", "-6 8 no-session"),
        refused("7 clear a", "-7 8 no-session"),
        Step("{8 state a}\n", ("=8 idle 0 0 0 0 none 1",)),
        Step("{9 stop a 0 0}\n", ("=9 0 0",), ("stopped a 0 stop 0",)),
    ),
    "hello opens a session and tells who is there": (
        _HELLO,
        Step("{2 state a}\n", ("=2 idle 0 0 0 0 none 0",)),
        Step("{3 state b}\n", ("=3 idle 0 0 0 0 none 0",)),
        Step("{4 limits a}\n", ("=4 ? ? ? 50 2000",)),
        Step("{5 clear a}\n", ("=5 idle",)),
    ),
    "a hello of another version opens no session": (
        refused("1 hello 2", "-1 14 version"),
        refused("2 hello 0", "-2 14 version"),
        refused("3 power a 1 300 500", "-3 8 no-session"),
    ),
    "hello stops what runs": (
        _HELLO,
        _POWER,
        Step(
            "{3 hello 1}\n",
            ("=3 1 ? ? ab",),
            ("stopping a 1 hello 0 ?", "stopped b 0 hello 0", "stopped a 1 hello ?"),
        ),
        Step("{4 state a}\n", ("=4 idle 1 ? ? 0 hello 1",)),
    ),
    "a stop byte needs no session and no checksum": (
        Step("A", (), ("stopped a 0 byte 0",)),
        Step("B", (), ("stopped b 0 byte 0",)),
        Step("!", (), ("stopped a 0 byte 0", "stopped b 0 byte 0")),
        Step("{1 state a}\n", ("=1 idle 0 0 0 0 none 0",)),
    ),
    "a letter for an absent axis stops every axis": (
        Step("C", (), ("stopped a 0 byte 0", "stopped b 0 byte 0")),
        _HELLO,
        _POWER,
        Step(
            "H",
            (),
            ("stopping a 1 byte 0 ?", "stopped b 0 byte 0", "stopped a 1 byte ?"),
        ),
    ),
    "a stop byte stops a motion": (
        _HELLO,
        _POWER,
        _STOP_A,
        Step("{3 state a}\n", ("=3 idle 1 ? ? 0 byte 1",)),
    ),
    "a stop byte acts in the midst of a frame and leaves it whole": (
        _HELLO,
        _POWER,
        Step(
            "{3 st|A|ats}\n",
            ("=3 ? 0 0 0 0",),
            ("stopping a 1 byte 0 ?", "stopped a 1 byte ?"),
        ),
    ),
    "a stop frame behind a stop byte is answered and tells nothing new": (
        _HELLO,
        _POWER,
        Step(
            "A{3 stop a 1 0}\n",
            ("=3 1 ?",),
            ("stopping a 1 byte 0 ?", "stopped a 1 byte ?"),
        ),
        Step("{4 stop a 1 0}\n", ("=4 1 ?",), ("stopped a 1 stop ?",)),
        Step("{5 state a}\n", ("=5 idle 1 ? ? 0 byte 1",)),
    ),
    "a stop byte overtakes the motion it falls into": (
        _HELLO,
        Step(
            "{2 power a 1 20|A|00 500}\n", ("-2 9 overtaken",), ("stopped a 0 byte 0",)
        ),
        Step("{2 power a 1 2000 500}\n", ("-2 9 overtaken",)),  # a repeat
        Step(
            "{3 power a 1 2000 500|!|}\n",
            ("-3 9 overtaken",),
            ("stopped a 0 byte 0", "stopped b 0 byte 0"),
        ),
        *_motion(4, 3),
    ),
    "a motion that was refused uses up its number": (
        # Copies that come late, with another SEQ: none of them may start anything.
        refused("1 power a 1 300 500", "-1 8 no-session"),
        Step("{2 state a}\n", ("=2 idle 0 0 0 0 none 1",)),
        Step(
            "{3 hello 1}\n",
            ("=3 1 ? ? ab",),
            ("stopped a 0 hello 0", "stopped b 0 hello 0"),
        ),
        refused("4 power a 1 300 500", "-4 7 stale-motion"),
        Step(
            "{5 power a 2 2000 |A|500}\n", ("-5 9 overtaken",), ("stopped a 0 byte 0",)
        ),
        refused("6 power a 2 2000 500", "-6 7 stale-motion"),
        refused("7 power a 3 49 500", "-7 6 limit"),
        refused("8 power a 3 300 500", "-8 7 stale-motion"),
        Step("{9 state a}\n", ("=9 idle 0 0 0 0 none 3",)),
        refused("10 power a 32771 300 500", "-10 7 stale-motion"),
        *_motion(11, 4),
        Step("{12 state a}\n", ("=12 idle 4 ? ? 0 byte 4",)),
        Step("{13 state b}\n", ("=13 idle 0 0 0 0 none 0",)),
    ),
    "a stop byte for another axis harms no frame": (
        _HELLO,
        Step(
            "{2 power a 1 20|B|00 500}\n",
            ("=2 1",),
            ("stopped b 0 byte 0", "started a 1 0"),
        ),
        _STOP_A,
    ),
    "a query answers in comments and harms no frame": (
        Step("?", comments=1),
        Step("{1 sta|?|ts}\n", ("=1 ? 0 0 0 0",), comments=1),
    ),
    "a repeated frame is answered again and not carried out again": (
        _HELLO,
        _POWER,
        _STOP_A,
        Step("{2 power a 1 2000 500}\n", ("=2 1",)),
        Step("{3 state a}\n", ("=3 idle 1 ? ? 0 byte 1",)),
    ),
    "a motion number serves once": (
        _HELLO,
        _POWER,
        _STOP_A,
        refused("3 power a 1 2000 500", "-3 7 stale-motion"),
        refused("4 power a 32769 2000 500", "-4 7 stale-motion"),
        *_motion(5, 2),
        refused("6 power a 1 2000 500", "-6 7 stale-motion"),
    ),
    "motion numbers go round, and 1 comes after 65535": (
        _HELLO,
        refused("2 power a 32768 2000 500", "-2 7 stale-motion"),
        *_motion(3, 32767),
        *_motion(4, 65534),
        *_motion(5, 65535),
        *_motion(6, 1),
    ),
    "what is not within the limits is refused": (
        _HELLO,
        refused("2 power a 1 49 500", "-2 6 limit"),
        refused("3 power a 2 2001 500", "-3 6 limit"),
        refused("4 power a 3 300 0", "-4 6 limit"),
        refused("5 power a 4 300 1001", "-5 6 limit"),
        refused("6 power a 5 300 -1001", "-6 6 limit"),
        refused("7 spin a 6 300 0", "-7 6 limit"),
        refused("8 spin a 7 300 2147483647", "-8 6 limit"),
        refused("9 spin a 8 300 -2147483648", "-9 6 limit"),
        refused("10 move a 9 300 100 0", "-10 6 limit"),
        refused("11 move a 10 300 100 -100", "-11 6 limit"),
        refused("12 move a 11 300 2147483647 100", "-12 6 limit"),
        refused("13 move a 12 300 -2147483648 100", "-13 6 limit"),
        refused("14 goto a 13 300 -2147483648 100", "-14 6 limit"),
        *_motion(15, 14),
    ),
    "the checks come in their order": (
        refused("1 fly z", "-1 3 unknown-verb"),
        refused("2 spin z 0 300 100", "-2 4 bad-argument"),
        refused("3 spin z 1 300 100", "-3 5 unknown-axis"),
        refused("4 spin c 1 300 100", "-4 5 unknown-axis"),
        refused("5 spin a 40000 1 0", "-5 8 no-session"),
        Step(
            "{6 spin a 40000 1 |A|0}\n", ("-6 8 no-session",), ("stopped a 0 byte 0",)
        ),
        Step(
            "{7 hello 1}\n",
            ("=7 1 ? ? ab",),
            ("stopped a 0 hello 0", "stopped b 0 hello 0"),
        ),
        Step("{8 spin a 40000 1 |A|0}\n", ("-8 9 overtaken",), ("stopped a 0 byte 0",)),
        refused("9 spin a 40000 1 0", "-9 7 stale-motion"),
        refused("10 spin a 1 1 0", "-10 6 limit"),
    ),
    "a frame that cannot be trusted is reported and counted": (
        Step(":1 stats*0000\n", (), ("reject 2 bad-checksum",)),
        Step(":1 stats\n", (), ("reject 1 bad-frame",)),
        Step("{300 stats}\n", (), ("reject 1 bad-frame",)),
        Step(":1 " + "0" * 70 + "\n", (), ("reject 12 too-long",)),
        Step(":1 sta{2 stats}\r\n", ("=2 ? 5 0 0 0",), ("reject 1 bad-frame",)),
        Step("no frame * at all\r\n\x00\xff{3 stats}\n", ("=3 ? 5 0 0 0",)),
    ),
    "the lease stops a motion that nobody renews": (
        _HELLO,
        Step(
            "{2 power a 1 100 500}\n",
            ("=2 1",),
            ("started a 1 0", "stopping a 1 lease 0 ?", "stopped a 1 lease ?"),
        ),
        Step("{3 state a}\n", ("=3 idle 1 ? ? 0 lease 1",)),
        Step("{4 stats}\n", ("=4 ? 0 0 0 1",)),
    ),
    "keep is for the motion that has the axis": (
        _HELLO,
        refused("20 keep a 1", "-20 13 not-running"),
        _POWER,
        Step("{3 keep a 1}\n", ("=3 1",)),
        refused("4 keep a 2", "-4 13 not-running"),
        refused("5 keep b 1", "-5 13 not-running"),
        _STOP_A,
        refused("6 keep a 1", "-6 13 not-running"),
    ),
    "a newer motion takes the axis over": (
        _HELLO,
        _POWER,
        Step(
            "{3 power a 2 2000 -500}\n",
            ("=3 2",),
            ("stopped a 1 superseded ?", "started a 2 ?"),
        ),
        refused("4 stop a 1 0", "-4 7 stale-motion"),
        Step(
            "{5 stop a 2 0}\n",
            ("=5 2 ?",),
            ("stopping a 2 stop 0 ?", "stopped a 2 stop ?"),
        ),
    ),
    "a stop for motion 0 stops whatever runs": (
        _HELLO,
        _POWER,
        Step(
            "{3 stop a 0 0}\n",
            ("=3 1 ?",),
            ("stopping a 1 stop 0 ?", "stopped a 1 stop ?"),
        ),
    ),
    "a stop for a motion yet unheard of stops the older one": (
        _HELLO,
        _POWER,
        Step(
            "{3 stop a 2 0}\n",
            ("=3 ? ?",),
            ("stopping a 1 stop 0 ?", "stopped a 1 stop ?"),
        ),
    ),
    "category 1 ramps down, then removes power": (
        _HELLO,
        Step("{2 spin a 1 2000 200}\n", ("=2 1",), ("started a 1 0",)),
        Step(
            "{3 stop a 1 1}\n",
            ("=3 1 ?",),
            ("stopping a 1 stop 1 ?", "stopped a 1 stop ?"),
        ),
        Step("{4 state a}\n", ("=4 idle 1 ? ? 0 stop 1",)),
    ),
    "category 2 holds, and a stop byte ends the hold": (
        _HELLO,
        Step("{2 spin a 1 2000 200}\n", ("=2 1",), ("started a 1 0",)),
        Step(
            "{3 stop a 1 2}\n",
            ("=3 1 ?",),
            ("stopping a 1 stop 2 ?", "stopped a 1 stop ?"),
        ),
        Step("{4 state a}\n", ("=4 holding 1 ? ? ? stop 1",)),
        refused("5 zero a 0", "-5 10 busy"),
        _STOP_A,
        Step("{6 state a}\n", ("=6 idle 1 ? ? 0 byte 1",)),
    ),
    "halt stops every axis": (
        Step("{1 halt 0}\n", ("=1",), ("stopped a 0 halt 0", "stopped b 0 halt 0")),
        Step(
            "{2 hello 1}\n",
            ("=2 1 ? ? ab",),
            ("stopped a 0 hello 0", "stopped b 0 hello 0"),
        ),
        Step("{3 power a 1 2000 500}\n", ("=3 1",), ("started a 1 0",)),
        Step("{4 power b 2 2000 500}\n", ("=4 2",), ("started b 2 0",)),
        Step(
            "{5 halt 0}\n",
            ("=5",),
            (
                "stopping a 1 halt 0 ?",
                "stopping b 2 halt 0 ?",
                "stopped a 1 halt ?",
                "stopped b 2 halt ?",
            ),
        ),
        Step(
            "{6 hello 1}\n",
            ("=6 1 ? ? ab",),
            ("stopped a 1 hello ?", "stopped b 2 hello ?"),
        ),
    ),
    "motors cannot move together, nor find a home": (
        refused("1 line 1 300 1 2 3 100 100", "-1 15 unable"),
        refused("2 via 1 1 2 3 100", "-2 15 unable"),
        refused("3 home a 1 300 100", "-3 15 unable"),
        refused("4 home c 1 300 100", "-4 5 unknown-axis"),
        refused("5 line 1 300 1 2 3 100", "-5 4 bad-argument"),
        Step("{6 range b}\n", ("=6 -2147483648 2147483647 0",)),
        Step("{7 state a}\n", ("=7 idle 0 0 0 0 none 0",)),  # no number is used up
        _HELLO,
        refused("8 home a 1 300 100", "-8 15 unable"),
        *_motion(9, 1),
    ),
    "zero renames the position, at rest only": (
        _HELLO,
        Step("{20 zero a -500}\n", ("=20 -500",)),
        Step("{21 state a}\n", ("=21 idle 0 -500 0 0 none 0",)),
        Step("{22 zero a 0}\n", ("=22 0",)),
        _POWER,
        refused("3 zero a 0", "-3 10 busy"),
        _STOP_A,
    ),
}
