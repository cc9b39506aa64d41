"""What a component printed is kept where it began and where it ended."""

from pathlib import Path

from deadstop.hosting.processes import LOG_PART_BYTES, shorten_log


def test_a_long_log_keeps_its_beginning_and_its_end(tmp_path: Path) -> None:
    """And says how much is missing."""
    log = tmp_path / "component.log"
    log.write_bytes(b"first\n" + b"." * 3 * LOG_PART_BYTES + b"\nlast")

    shorten_log(log)

    kept = log.read_bytes()
    assert kept.startswith(b"first\n")
    assert kept.endswith(b"\nlast")
    left_out = LOG_PART_BYTES + len(b"first\n\nlast")
    assert b"\n[deadstop: %d bytes are left out here]\n" % left_out in kept
    assert len(kept) < 2 * LOG_PART_BYTES + 100


def test_a_short_log_stays_as_it_is(tmp_path: Path) -> None:
    """So does one that is not there."""
    log = tmp_path / "component.log"
    shorten_log(log)
    assert not log.exists()

    log.write_bytes(b"a word")
    shorten_log(log)

    assert log.read_bytes() == b"a word"
