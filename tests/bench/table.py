"""Rows of words as a table in plain text."""


def printed(title: str, head: list[str], rows: list[list[str]], note: str = "") -> str:
    widths = [max(len(line[i]) for line in [head, *rows]) for i in range(len(head))]
    lines = [
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in [head, ["-" * width for width in widths], *rows]
    ]
    return "\n".join(["", title, *lines, *([note] if note else [])])
