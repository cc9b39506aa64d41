"""What the documents show is done as they show it."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from deadstop.rig import load_rig

ROOT = Path(__file__).parent.parent
DEADSTOP = str(Path(sys.executable).parent / "deadstop")
DOCUMENTS = [
    "README.md",
    *sorted(f"docs/{one.name}" for one in ROOT.glob("docs/*.md")),
]
OWN = "docs/your-component.md"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(document: str, language: str) -> list[str]:
    """Return the fenced blocks of *language* in *document*."""
    text = (ROOT / document).read_text(encoding="utf-8")
    return [body for kind, body in FENCE.findall(text) if kind == language]


def commands(word: str, *documents: str) -> list[str]:
    """Return the command lines that begin with *word*, without their comments."""
    # The tutorial is played in a folder of its own, from its beginning to its end.
    rest = [one for one in DOCUMENTS if not one.endswith("tutorial.md")]
    shown = (blocks(one, "sh") for one in documents or rest)
    lines = "\n".join("".join(one) for one in shown).splitlines()
    found = [line.split("  #")[0].strip() for line in lines if line.startswith(word)]
    return list(dict.fromkeys(found))


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """A user's folder: the rig file that is shown, and a component in a module."""
    (rig,) = blocks(OWN, "toml")
    (tmp_path / "my_rig.toml").write_text(rig, encoding="utf-8")
    package = tmp_path / "my_module"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "motor.py").write_text(
        "from arduino_actuators import ArduinoMotor\n"
        "class MyMotor(ArduinoMotor, register=False): ...\n",
        encoding="utf-8",
    )
    return tmp_path


def test_the_rig_file_that_is_shown_is_one(workplace: Path) -> None:
    """It loads, and has what the text says."""
    rig = load_rig(str(workplace / "my_rig.toml"))

    assert list(rig.motions) == ["go_for"]


@pytest.mark.parametrize("line", commands("deadstop run"))
def test_the_run_commands_choose_cases(workplace: Path, line: str) -> None:
    """Each is understood; what it would run is listed, not run."""
    words = shlex.split(line.partition(" | ")[0])

    done = subprocess.run(  # noqa: S603 - our own program
        [DEADSTOP, *words[1:], "--list"],
        cwd=workplace,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr
    assert re.search(r"\b\w+/\w[\w-]*/", done.stdout + done.stderr)


@pytest.mark.wall_clock
@pytest.mark.timeout(60)
@pytest.mark.parametrize("language", ["python"])
def test_the_test_file_that_is_shown_passes(workplace: Path, language: str) -> None:
    """With the rig and the component that are shown beside it."""
    (source,) = blocks(OWN, language)
    (workplace / "test_readme.py").write_text(source, encoding="utf-8")
    (settings,) = blocks(OWN, "ini")
    (workplace / "pytest.ini").write_text(settings, encoding="utf-8")
    (line,) = commands("pytest", OWN)

    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", *shlex.split(line), "-q", "-p", "no:randomly"],
        cwd=workplace,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout


def test_the_make_targets_that_the_documents_name_exist() -> None:
    """`make run`, `make test` and the others."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    documents = [*DOCUMENTS, "CONTRIBUTING.md", "ARCHITECTURE.md"]
    named = {
        target
        for document in documents
        for target in re.findall(
            r"`?make ([a-z]+)`?", (ROOT / document).read_text(encoding="utf-8")
        )
    }

    assert {"run", "test"} <= named
    for target in named:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_trigger_in_contributing_is_one() -> None:
    """The smallest working example works."""
    (source,) = blocks("CONTRIBUTING.md", "python")
    names: dict[str, object] = {}

    exec(compile(source, "CONTRIBUTING.md", "exec"), names)  # noqa: S102 - our own text

    assert getattr(names["TRIGGER"], "name", None) == "client-close"


@pytest.mark.parametrize(
    "document", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"]
)
def test_links_and_paths_in_the_documents_lead_somewhere(document: str) -> None:
    """Relative links, and the files that the text names in back quotes."""
    text = (ROOT / document).read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    paths = re.findall(r"`((?:harness|tests|rigs|firmware|components)/[\w./]+)`", text)

    for path in [*links, *paths]:
        assert (ROOT / path).exists(), f"{document}: {path}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_commands_in_the_documents_exist(document: str) -> None:
    """Whatever `deadstop` is told to do, in a block or in the text, it can do."""
    text = (ROOT / document).read_text(encoding="utf-8")
    told = set(re.findall(r"(?:^|`)deadstop ([a-z]+)", text, re.MULTILINE))

    listed = subprocess.run(  # noqa: S603 - our own program
        [DEADSTOP, "--help"], capture_output=True, text=True, check=True, timeout=60
    )
    known = set(re.findall(r"^  ([a-z]+) ", listed.stdout, re.MULTILINE))

    assert told <= known


@pytest.mark.timeout(120)
def test_the_sweep_that_is_shown_passes(workplace: Path) -> None:
    """Its three lines, with the rig and the component that are shown beside it."""
    (source,) = blocks(OWN, "py")
    (workplace / "test_sweep.py").write_text(source, encoding="utf-8")
    (line,) = commands("pytest", OWN)

    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", *shlex.split(line), "-q", "-p", "no:randomly"],
        cwd=workplace,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.timeout(120)
@pytest.mark.parametrize("line", commands("deadstop sweep"))
def test_the_sweep_commands_are_understood(workplace: Path, line: str) -> None:
    """Each is, on a few points."""
    words = shlex.split(line.partition("  #")[0])

    done = subprocess.run(  # noqa: S603 - our own program
        [DEADSTOP, *words[1:], "--max-cases", "3", "--out", "swept"],
        cwd=workplace,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.timeout(120)
@pytest.mark.parametrize("line", commands("deadstop run --clock"))
def test_the_runs_on_virtual_time_hold(workplace: Path, line: str) -> None:
    """Run as they stand there, but for the moment; each verdict holds."""
    done = subprocess.run(  # noqa: S603 - our own program
        [DEADSTOP, *shlex.split(line)[1:], "--moment", "cruise", "--out", "played"],
        cwd=workplace,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    (left_out,) = re.findall(r"^left out: (.*) \(", done.stdout, re.MULTILINE)
    assert {"client-kill", "client-freeze", "sigkill"} <= set(left_out.split(", "))
