"""Write `firmware/vectors.json`: `python -m tests.components.wire.make_vectors`.

What is expected stands here as a person wrote it; only checksums are computed, and
not by the codec. PROTOCOL.md section 9 describes the file, `conversations.py` the
notation for frames.
"""

import binascii
import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Final, TypeAlias

from tests.components.wire.arm_conversations import ARM_CONVERSATIONS
from tests.components.wire.conversations import CONVERSATIONS, Step
from tests.components.wire.streams import STREAMS

Row: TypeAlias = dict[str, object]

VECTORS: Final = Path(__file__).parents[3] / "firmware" / "vectors.json"
AXES: Final = "ab"
ARM_AXES: Final = "abc"

_CRC: Final = {
    "123456789": "29b1",  # the check value of CRC-16/CCITT-FALSE
    "": "ffff",
    ":": "76e9",
    ":0 hello 1": "787e",
    ":17 move a 42 300 3200 8000": "281c",
    "=17 42 3200": "e7d2",
    "-17 7 stale-motion": "d0b4",
    "@5 arrived a 42 3200": "b1ca",
    "".join(map(chr, range(256))): "3fbd",
}

_COMMANDS: Final = (
    "0 hello 1",
    "1 limits a",
    "2 state h",
    "3 stats",
    "17 move a 42 300 3200 8000",
    "255 move h 65535 2000 -2147483648 2147483647",
    "5 goto b 1 50 -17 1",
    "6 spin a 7 300 -500",
    "7 power b 8 300 -1000",
    "8 keep a 42",
    "9 stop a 42 1",
    "10 stop b 0 0",
    "11 halt 2",
    "12 zero a -3200",
    "13 clear a",
    "14 line 42 300 3200 -1600 -3200 8000 40000",
    "15 via 65535 3200 3200 3200 1",
    "16 home c 7 2000 1000",
    "18 range b",
)

_MESSAGES: Final = (
    "=17 42 3200",
    "=0 1 uno-shield 0-1-0 ab",
    "=1 8000 20000 2147483647 50 2000",
    "=2 idle 42 -3200 0 0 arrived 42",
    "=3 9 1 0 0 2",
    "=4",
    "-17 7 stale-motion",
    "-1 3 unknown-verb",
    "-2 4 bad-argument",
    "-3 5 unknown-axis",
    "-4 6 limit",
    "-5 8 no-session",
    "-6 9 overtaken",
    "-7 10 busy",
    "-8 11 faulted",
    "-9 13 not-running",
    "-255 14 version",
    "-8 15 unable",
    "=14 42 7",
    "=18 -1600 3200 0",
    "@0 boot watchdog 0-1-0",
    "@1 started a 42 0",
    "@5 arrived a 42 3200",
    "@6 stopping a 42 byte 0 3181",
    "@7 stopped a 42 byte 3203",
    "@8 stopped b 65535 superseded -1",
    "@9 fault a 43 1 stall 3203",
    "@10 fault b 44 2 tracking -5",
    "@11 fault a 45 3 limit -3201",
    "@12 fault c 46 4 home -3201",
    "@13 passed a 42 -200",
    "@254 reject 2 bad-checksum",
    "@255 reject 12 too-long",
)

# Each ends with CR LF; `{...}` gets a checksum, but no ':'.
_GARBLED: Final = (
    "=17 42 3200*0000",
    "=17 42 3200",
    "=17 42 3200*E7D2",
    "=17 42 3200*e7d",
    "=17 42 3200*e7d20",
    "x=17 42 3200*e7d2",
    "{=256}",
    "{=01}",
    "{=1  2}",
    "{=1 Two}",
    "{-1 7 limit}",
    "{-1 99 limit}",
    "{-1}",
    "{@1}",
    "{@1 exploded}",
    "{;1 started a 42 0}",
    "boot noise \x00\xff",
)
_CLOCKS_US: Final = (0, 1234567, 2**31, 2**32 - 1)
_NO_CLOCKS: Final = (
    "# at 1234567",
    "# at 1234567*0000",
    "{# at 01234567}",
    "{# at -1}",
    "{# at 4294967296}",
    "{# at 1 2}",
)


def _crc(text: str) -> str:
    return f"{binascii.crc_hqx(text.encode('latin-1'), 0xFFFF):04x}"


def _seal(text: str) -> str:
    return f"{text}*{_crc(text)}"


def _expand(text: str, start: str = ":") -> str:
    def frame(match: re.Match[str]) -> str:
        body = match[1]
        if body.startswith("crc "):
            return _crc(body.removeprefix("crc "))
        sealed = _crc(start + re.sub(r"\|[^|]*\|", "", body))
        return f"{start}{body.replace('|', '')}*{sealed}"

    return re.sub(r"\{([^}]*)\}", frame, text)


def _command(body: str) -> Row:
    seq, verb, *args = body.split(" ")
    return {
        "frame": _seal(f":{body}") + "\n",
        "seq": int(seq),
        "verb": verb,
        "args": [arg if arg.isalpha() else int(arg) for arg in args],
    }


def _message(body: str) -> Row:
    number, *fields = body[1:].split(" ")
    return {
        "line": _seal(body) + "\r\n",
        "kind": {"=": "reply", "-": "refusal", "@": "event"}[body[0]],
        "number": int(number),
        "fields": fields,
    }


def _conversations(
    board: str, axes: str, conversations: dict[str, tuple[Step, ...]]
) -> list[Row]:
    return [
        {
            "name": name,
            "board": board,
            "axes": axes,
            "steps": [{**asdict(s), "send": _expand(s.send)} for s in steps],
        }
        for name, steps in conversations.items()
    ]


def build() -> dict[str, object]:
    """Return what the file holds."""
    comment: Row = {"line": "# idle, all well\r\n", "kind": "comment"}
    comment["text"] = "idle, all well"
    return {
        "protocol": 1,
        "crc": [{"bytes": text, "crc": crc} for text, crc in _CRC.items()],
        "commands": [_command(body) for body in _COMMANDS],
        "messages": [*map(_message, _MESSAGES), comment],
        "clocks": [
            *({"line": _seal(f"# at {us}") + "\r\n", "us": us} for us in _CLOCKS_US),
            *({"line": _expand(text, "") + "\r\n", "us": None} for text in _NO_CLOCKS),
        ],
        "garbled": [_expand(text, "") + "\r\n" for text in _GARBLED],
        "streams": [
            {
                "name": name,
                "axes": AXES,
                "bytes": _expand(text),
                "items": items.split("; "),
            }
            for name, (text, items) in STREAMS.items()
        ],
        "conversations": [
            *_conversations("motor-shield", AXES, CONVERSATIONS),
            *_conversations("cnc-shield", ARM_AXES, ARM_CONVERSATIONS),
        ],
    }


def render() -> str:
    """Return the text of the file, one vector a line."""
    sections = []
    for name, rows in build().items():
        if isinstance(rows, list):
            lines = ",\n".join(f"    {json.dumps(row)}" for row in rows)
            sections.append(f'  "{name}": [\n{lines}\n  ]')
        else:
            sections.append(f'  "{name}": {json.dumps(rows)}')
    return "{\n" + ",\n".join(sections) + "\n}\n"


if __name__ == "__main__":
    VECTORS.write_text(render(), encoding="ascii")
