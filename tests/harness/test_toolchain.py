"""The firmware is built when it is needed, once, and what keeps it from it is told."""

import shutil
import threading
from pathlib import Path
from typing import Final

import pytest

from deadstop.errors import ToolchainError
from deadstop.resources import resource_folder
from deadstop.toolchain import firmware_elf, missing_for_avr

PACKAGES: Final = "sudo apt-get install gcc-avr avr-libc make"

# As small as a firmware can be: it builds in no time.
MAKEFILE: Final = """\
BUILD ?= build
all: $(BUILD)/controller.elf $(BUILD)/arm.elf
$(BUILD)/%.elf: controller/main.cpp
\tmkdir -p $(BUILD)
\tavr-g++ -mmcu=atmega328p -Os $< -o $@
"""
PROGRAM: Final = "int main() { for (;;) {} }\n"


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A small firmware."""
    folder = tmp_path / "sources"
    (folder / "controller").mkdir(parents=True)
    (folder / "Makefile").write_text(MAKEFILE)
    (folder / "controller" / "main.cpp").write_text(PROGRAM)
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Where what is built is kept: an empty folder with a space in its name."""
    return tmp_path / "kept here"


def only(tmp_path: Path, *tools: str) -> str:
    """Return a PATH on which only *tools* are found."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in tools:
        found = shutil.which(tool)
        assert found is not None
        (folder / tool).symlink_to(found)
    return str(folder)


def test_deadstops_own_firmware_builds(cache: Path) -> None:
    """From the sources that travel with it."""
    elf = firmware_elf(cache=cache)

    assert elf.is_relative_to(cache)
    assert elf.read_bytes().startswith(b"\x7fELF")


def test_each_shield_has_its_own_out_of_one_build(sources: Path, cache: Path) -> None:
    """Only the first one takes a while."""
    told: list[str] = []
    motor = firmware_elf(told.append, sources=sources, cache=cache)
    arm = firmware_elf(told.append, shield="cnc", sources=sources, cache=cache)

    assert motor.parent == arm.parent
    assert motor != arm
    assert told == ["building the firmware"]


def test_an_unknown_shield_is_told(cache: Path) -> None:
    """With those that there are."""
    with pytest.raises(
        ValueError,
        match=r"\Ano firmware for a shield 'hat'; there are: 'motor', 'cnc'\Z",
    ):
        firmware_elf(shield="hat", cache=cache)


def test_it_is_built_once(sources: Path, cache: Path) -> None:
    """A person is told while it is, and only then."""
    told: list[str] = []
    first = firmware_elf(told.append, sources=sources, cache=cache)
    made_ns = first.stat().st_mtime_ns
    second = firmware_elf(told.append, sources=sources, cache=cache)

    assert second == first
    assert second.stat().st_mtime_ns == made_ns
    assert told == ["building the firmware"]


def test_other_sources_are_another_build(sources: Path, cache: Path) -> None:
    """Whichever file was changed, added or renamed."""
    built = {firmware_elf(sources=sources, cache=cache)}
    main = sources / "controller" / "main.cpp"
    main.write_text(PROGRAM + "// changed\n")
    built.add(firmware_elf(sources=sources, cache=cache))
    (sources / "controller" / "more.h").write_text("")
    built.add(firmware_elf(sources=sources, cache=cache))
    (sources / "controller" / "more.h").rename(sources / "controller" / "other.h")
    built.add(firmware_elf(sources=sources, cache=cache))

    assert len(built) == 4


def test_what_else_lies_there_makes_no_difference(sources: Path, cache: Path) -> None:
    """Such as what was built by hand."""
    first = firmware_elf(sources=sources, cache=cache)
    (sources / "build").mkdir()
    (sources / "build" / "controller.elf").write_text("")
    (sources / "notes.md").write_text("")

    assert firmware_elf(sources=sources, cache=cache) == first


def test_a_kept_file_that_is_not_whole_is_built_anew(
    sources: Path, cache: Path
) -> None:
    """A disk may have been full."""
    elf = firmware_elf(sources=sources, cache=cache)
    whole = elf.read_bytes()
    elf.write_bytes(whole[:1000])
    assert firmware_elf(sources=sources, cache=cache).read_bytes() == whole
    elf.write_bytes(b"")
    assert firmware_elf(sources=sources, cache=cache).read_bytes() == whole


def test_runs_that_begin_together_do_not_collide(sources: Path, cache: Path) -> None:
    """Each ends with a whole file, and nothing else is left."""
    built: list[bytes] = []

    def build() -> None:
        built.append(firmware_elf(sources=sources, cache=cache).read_bytes())

    threads = [threading.Thread(target=build) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(built) == 4
    assert len(set(built)) == 1
    (kept,) = cache.iterdir()
    names = {file.name for file in kept.iterdir()}
    assert names == {"controller.elf", "arm.elf", "build.log"}


def test_a_make_that_called_us_is_not_heard(
    sources: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`make test` must not hand its flags or a BUILD of its own down."""
    monkeypatch.setenv("MAKEFLAGS", "n")  # say what would be done, do nothing
    monkeypatch.setenv("BUILD", "/nowhere")

    assert firmware_elf(sources=sources, cache=cache).is_file()


def test_sources_that_do_not_compile_are_told_in_one_line(
    sources: Path, cache: Path
) -> None:
    """The first error, and where the rest is."""
    main = sources / "controller" / "main.cpp"
    main.write_text("int main() { return x; }\nint y = z;\n")
    with pytest.raises(
        ToolchainError,
        match=r"\Athe firmware does not build: controller/main\.cpp:1:21: error: "
        r"'x' was not declared in this scope; see .+/build\.log\Z",
    ) as caught:
        firmware_elf(sources=sources, cache=cache)

    log = Path(str(caught.value).partition("; see ")[2])
    assert "'z' was not declared" in log.read_text()
    main.write_text(PROGRAM)
    assert firmware_elf(sources=sources, cache=cache).is_file()


def test_a_build_that_leaves_nothing_usable_is_told(sources: Path, cache: Path) -> None:
    """A Makefile of one's own may do anything."""
    (sources / "Makefile").write_text("all:\n\tfalse\n")
    with pytest.raises(
        ToolchainError, match=r"build: make: \*\*\* \[.*\] Error 1; see"
    ):
        firmware_elf(sources=sources, cache=cache)
    (sources / "Makefile").write_text("all:\n")
    with pytest.raises(ToolchainError, match=r"controller\.elf: cannot read"):
        firmware_elf(sources=sources, cache=cache)


def test_a_cache_that_cannot_be_written_is_told(sources: Path, tmp_path: Path) -> None:
    """And how to have it elsewhere."""
    (tmp_path / "file").write_text("")
    with pytest.raises(
        ToolchainError,
        match=r"\Acannot keep the firmware in .*Not a dir.*XDG_CACHE_HOME",
    ):
        firmware_elf(sources=sources, cache=tmp_path / "file")


def test_the_cache_is_where_the_user_says(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """XDG_CACHE_HOME, or else ~/.cache; a relative one is ignored."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    elf = firmware_elf(sources=sources)
    assert elf.is_relative_to(tmp_path / "xdg" / "deadstop" / "firmware")
    for ignored in ("relative", ""):
        monkeypatch.setenv("XDG_CACHE_HOME", ignored)
        elf = firmware_elf(sources=sources)
        assert elf.is_relative_to(tmp_path / "home" / ".cache" / "deadstop")


@pytest.mark.parametrize(
    ("there", "told"),
    [
        ((), r"no avr-g\+\+, avr-objcopy, make here"),
        (("make",), r"no avr-g\+\+, avr-objcopy here"),
        (("avr-g++", "avr-objcopy"), r"no make here"),
    ],
)
def test_a_missing_tool_is_named_with_the_line_that_installs_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    there: tuple[str, ...],
    told: str,
) -> None:
    """One line, to be copied."""
    monkeypatch.setenv("PATH", only(tmp_path, *there))
    line = rf"cannot build the firmware: {told}: {PACKAGES}"
    with pytest.raises(ToolchainError, match=rf"\A{line}\Z"):
        firmware_elf()
    assert missing_for_avr() == line.replace("\\", "")


def test_a_compiler_without_its_library_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """avr-libc is a package of its own."""
    path = only(tmp_path, "make", "avr-objcopy")
    compiler = Path(path) / "avr-g++"
    compiler.write_text("#!/bin/sh\necho crtatmega328p.o\n")  # as gcc says: not found
    compiler.chmod(0o755)
    monkeypatch.setenv("PATH", path)
    with pytest.raises(ToolchainError, match=r"no avr-libc here: sudo apt-get install"):
        firmware_elf()


def test_nothing_is_missing_where_the_tests_run() -> None:
    """Else half of them would prove nothing."""
    assert missing_for_avr() == ""


def test_the_digest_is_that_of_what_travels() -> None:
    """Checkout and wheel build the same: what they need is there."""
    folder = resource_folder("firmware")
    assert (folder / "Makefile").is_file()
    assert (folder / "controller" / "controller.ino").is_file()
