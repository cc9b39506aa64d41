"""Makes the decoder that a rig names."""

from collections.abc import Callable
from typing import assert_never

from deadstop.link.deadstop_decoder import DeadstopDecoder
from deadstop.link.decoder import LinkDecoder
from deadstop.link.lines_decoder import LinesDecoder
from deadstop.link.packets_decoder import PacketsDecoder
from deadstop.rig.link import (
    DeadstopLinkConfig,
    LinesLinkConfig,
    LinkConfig,
    PacketsLinkConfig,
)

__all__ = ["decoder_maker"]


def decoder_maker(config: LinkConfig) -> Callable[[], LinkDecoder]:
    """Return what makes a decoder as *config* says, with nothing read yet."""
    match config:
        case DeadstopLinkConfig():
            return DeadstopDecoder
        case LinesLinkConfig():
            return lambda: LinesDecoder(config)
        case PacketsLinkConfig():
            return lambda: PacketsDecoder(config)
        case _:
            assert_never(config)
