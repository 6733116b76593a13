"""Rules of the house that a machine can hold: files that can be read, and a project that speaks of itself alone."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 500


def files(*patterns: str) -> list[Path]:
    """The files of the product that fit, wherever it was unpacked."""
    return [path for pattern in patterns for path in sorted(ROOT.glob(pattern))]


def test_no_file_of_the_product_is_too_long_to_read():
    code = files("patients/**/*.py", "regimens/**/*.py", "protocoltracker/**/*.py")
    assert len(code) > 100
    long = {
        str(path.relative_to(ROOT)): lines
        for path in code
        if "migrations" not in path.parts and (lines := len(path.read_text().splitlines())) > LONGEST
    }
    assert long == {}


def test_the_readme_points_only_at_files_that_are_there():
    for document in [ROOT / "README.md", *files("docs/**/*.md")]:
        for part in document.read_text().split("](")[1:]:
            target = part.partition(")")[0].partition("#")[0]
            if target and "://" not in target:
                assert (document.parent / target).exists(), f"{document.name} points at {target}"
