"""The streams of `firmware/vectors.json`, as a person wrote them.

Bytes from a host to a board with the axes ``a`` and ``b``, then the items in them,
``; `` between. `{...}` becomes a frame with its checksum; `|...|` within are bytes
that come in its midst without being part of it; `{crc ...}` is a bare checksum.
"""

from typing import Final

__all__ = ["STREAMS"]

STREAMS: Final[dict[str, tuple[str, str]]] = {
    "a frame": ("{17 keep a 42}\n", "received 17 keep a 42"),
    "CR LF and CR end a frame": (
        "{17 keep a 42}\r\n{18 stats}\r{19 stats}\n",
        "received 17 keep a 42; received 18 stats; received 19 stats",
    ),
    "CR in the midst ends it too": (
        "{17 spin a 1 300 |\r|500}\n",
        "reject 1",
    ),
    "each stop byte": (
        "!ABCDEFGH",
        (
            "stop all; stop a; stop b; stop all; stop all; stop all; stop all; "
            "stop all; stop all"
        ),
    ),
    "a stop byte amid a motion overtakes it": (
        "{17 move a 4|A|2 300 3200 8000}\n",
        "stop a; overtaken 17 move a 42 300 3200 8000",
    ),
    "a stop byte for any axis amid a line or its via overtakes it": (
        "{17 line 42 300 3|B|200 0 0 8000 40000}\n{18 via 42 0 |A|0 0 8000}\n",
        (
            "stop b; overtaken 17 line 42 300 3200 0 0 8000 40000; "
            "stop a; overtaken 18 via 42 0 0 0 8000"
        ),
    ),
    "a stop byte just behind ':' and just before LF": (
        ":A1 spin a 1 300 500*{crc :1 spin a 1 300 500}\n{2 goto b 1 300 5 500}!\n",
        (
            "stop a; overtaken 1 spin a 1 300 500; "
            "stop all; overtaken 2 goto b 1 300 5 500"
        ),
    ),
    "a stop byte before ':' or behind LF overtakes nothing here": (
        "A{1 power a 1 300 500}\nA",
        "stop a; received 1 power a 1 300 500; stop a",
    ),
    "a stop byte for another axis harms nothing": (
        "{1 power a 1 3|B|00 500}\n",
        "stop b; received 1 power a 1 300 500",
    ),
    "a letter for an absent axis overtakes every axis": (
        "{1 power a 1 3|C|00 500}\n",
        "stop all; overtaken 1 power a 1 300 500",
    ),
    "a stop byte amid a frame that moves nothing": (
        "{1 ke|A|ep a 4}\n{2 stop a |!|4 0}\n",
        "stop a; received 1 keep a 4; stop all; received 2 stop a 4 0",
    ),
    "a stop byte amid half a frame does not overtake the next": (
        ":1 spinA a{2 spin a 1 300 5}\n",
        "stop a; reject 1; received 2 spin a 1 300 5",
    ),
    "a query byte anywhere": (
        "?{1 st|??|ats}?\n?",
        "query; query; query; query; received 1 stats; query",
    ),
    "half a frame, then a whole one": (
        ":16 move a 41 30{17 keep a 42}\n",
        "reject 1; received 17 keep a 42",
    ),
    "two colons": ("::{1 stats}\n", "reject 1; reject 1; received 1 stats"),
    "garbage between frames": (
        "\n\r17 move a*281c\n\x00\x80\xff;xyz{1 stats}\n~~\x07*{2 stats}\n",
        "received 1 stats; received 2 stats",
    ),
    "upper case inside": ("{1 Zone}\n{2 stats}\n", "reject 1; received 2 stats"),
    "upper case in a checksum is a stop byte": (
        ":17 move a 42 300 3200 8000*281C\n",
        "stop all; reject 1",
    ),
    "a foreign byte": ("{1 st\xe4ts}\n{2 stats}\n", "reject 1; received 2 stats"),
    "64 bytes fit": (":" + "0" * 62 + "\n", "reject 1"),
    "65 bytes do not": (":" + "0" * 63 + "\n", "reject 12"),
    "too long, then a frame without LF between": (
        ":" + "z" * 200 + "{1 stats}\n",
        "reject 12; received 1 stats",
    ),
    "stop and query bytes take no room": (
        ":" + "0" * 31 + "A?" * 40 + "0" * 31 + "\n",
        "stop a; query; " * 40 + "reject 1",
    ),
    "bad checksum": (":17 keep a 42*0000\n", "reject 2"),
    "no checksum": (":17 keep a 42\n:17 keep a 42*\n", "reject 1; reject 1"),
    "a checksum too short or too long": (
        ":17 keep a 42*123\n:17 keep a 42*12345\n",
        "reject 1; reject 1",
    ),
    "a second star": ("{1 st*ats}\n", "reject 1"),
    "an empty frame": (":\n{}\n", "reject 1; reject 1"),
    "sequence numbers": (
        "{255 stats}\n{256 stats}\n{00 stats}\n{-1 stats}\n{ 1 stats}\n{-0 stats}\n",
        "received 255 stats; reject 1; reject 1; reject 1; reject 1; reject 1",
    ),
    "no verb or an unknown one": (
        "{1}\n{2 }\n{3  stats}\n{4 fly a}\n{5 stat}\n{6 statss}\n",
        "refuse 1 3; refuse 2 3; refuse 3 3; refuse 4 3; refuse 5 3; refuse 6 3",
    ),
    "arguments missing, surplus, or not of their kind": (
        (
            "{1 keep a}\n{2 keep a 4 5}\n{3 stats }\n{4 keep  a 4}\n{5 keep 4 a}\n"
            "{6 keep ab 4}\n{7 keep a 0}\n{8 keep a 65536}\n{9 halt 3}\n{10 halt -1}\n"
        ),
        (
            "refuse 1 4; refuse 2 4; refuse 3 4; refuse 4 4; refuse 5 4; "
            "refuse 6 4; refuse 7 4; refuse 8 4; refuse 9 4; refuse 10 4"
        ),
    ),
    "integers": (
        (
            "{1 zero a 01}\n{2 zero a -0}\n{3 zero a -}\n{4 zero a 2147483648}\n"
            "{5 zero a -2147483649}\n{6 zero a 2147483647}\n{7 zero a -2147483648}\n"
            "{8 zero a 4294967296}\n{9 zero a 99999999999}\n"
        ),
        (
            "refuse 1 4; refuse 2 4; refuse 3 4; refuse 4 4; refuse 5 4; "
            "received 6 zero a 2147483647; received 7 zero a -2147483648; "
            "refuse 8 4; refuse 9 4"
        ),
    ),
    "limits are not the decoder's": (
        "{1 spin a 1 0 0}\n{2 power a 1 99999 5000}\n",
        "received 1 spin a 1 0 0; received 2 power a 1 99999 5000",
    ),
    "an absent axis": (
        "{1 state c}\n{2 state z}\n{3 keep z 0}\n",
        "refuse 1 5; refuse 2 5; refuse 3 4",
    ),
    "a repeated frame is seen twice": (
        "{17 keep a 42}\n{17 keep a 42}\n",
        "received 17 keep a 42; received 17 keep a 42",
    ),
}
