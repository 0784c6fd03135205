"""Lines that a strict reader refuses, read again as a distributed one reads them: one line is one record.

A distributed engine gives the parts of a file to many workers and so cannot let a cell go on in the next line: what a
quote that does not close leads to ends with its line there. The engine here reads on. Its refused lines come through
`cells`, so that both count the same records.
"""

from __future__ import annotations


def cells(line: str, mark: str) -> list[str]:
    """The cells of one line. `mark`: what separates them.

    A cell in quotes ends with the quote before a mark or the end; a pair of quotes is one. Where another quote comes
    first, the cell is what stands up to the mark after that one, quotes included.

    >>> cells('"5";"a;b";"a""b";x', ";")
    ['5', 'a;b', 'a"b', 'x']
    >>> cells('"5";"a"b";"un;c', ";")
    ['5', '"a"b"', 'un;c']
    >>> cells('"aberta;"2";"3";', ";")
    ['"aberta;"2"', '3', '']
    """
    found = []
    place = 0
    while True:
        cell, place = (
            _quoted(line, place, mark) if line[place : place + 1] == '"' else _bare(line, place, place, mark)
        )
        found.append(cell)
        if place >= len(line):
            return found
        place += 1


def _bare(line: str, start: int, after: int, mark: str) -> tuple[str, int]:
    """What stands from one place up to the first mark after another, and where it ends."""
    end = line.find(mark, after)
    end = len(line) if end < 0 else end
    return line[start:end], end


def _quoted(line: str, start: int, mark: str) -> tuple[str, int]:
    place = start + 1
    parts: list[str] = []
    while True:
        end = line.find('"', place)
        if end < 0:
            return "".join(parts) + line[place:], len(line)
        parts.append(line[place:end])
        after = line[end + 1 : end + 2]
        if after == '"':
            parts.append('"')
            place = end + 2
        elif after in ("", mark):
            return "".join(parts), end + 1
        else:
            return _bare(line, start, end, mark)
