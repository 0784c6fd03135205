"""What a printed sheet holds, read back: texts and their places, tags, fonts, links."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from typing import Any

from pypdf import PdfReader

from dashboard import words
from dashboard.charts.palettes import text_width
from dashboard.tables import Tables

CAPITAL, SMALL, DEMONSTRATED = "5002704", "5003900", "5006002"


# By name: the capital, the ones founded last, those with the longest names, and one in each corner.
SOME = ("5001003", CAPITAL, SMALL, DEMONSTRATED, "5006259", "5006275", "5007406", "5008008")


ADDRESS = "https://painel.example.org/farol"


LONG = (
    "Garantir que todas as crianças de todas as escolas do campo, das aldeias e da cidade aprendam a ler e a "
    "escrever com compreensão até o fim do segundo ano do ensino fundamental, com apoio às famílias"
)


Make = Callable[..., Tables]


def own_plan(code: str, count: int, challenge: str, deliverables: int = 0) -> list[str]:
    """Statements that give a municipality a plan of its own, made of its first official targets."""
    picked = (
        f"select indicator from targets where municipality_code = '{code}' and plan != 'proprio' "
        f"order by indicator limit {count}"
    )
    origin = f"municipality_code = '{code}' and indicator in ({picked}) and plan != 'proprio'"
    return [
        "insert into plans select 'proprio', 1, 'Plano de ação 2026-2028', 'municipal', date '2026-02-01', null, null, "
        "'proprio.xlsx', 'x'",
        f"""insert into targets select * replace ('proprio' as plan, 1 as plan_version,
            '{challenge}' as challenge, 'Secretaria de Educação' as responsible) from targets where {origin}""",
        f"insert into verdicts select * replace ('proprio' as plan, 1 as plan_version) from verdicts where {origin}",
        f"insert into milestones select * replace ('proprio' as plan, 1 as plan_version) from milestones where {origin}",
        f"""insert into deliverables select 'proprio', 1, '{code}', 'E' || n, null, '{challenge}', 'Ação ' || n,
            'Entrega ' || n || ': material comprado, distribuído e usado nas escolas', 'Equipe ' || n,
            date '2026-03-01', date '2026-10-01' + interval (n * 10) day, 'in_progress', 10.0 * n,
            case when n % 2 = 0 then date '2026-11-01' end, null
        from range(1, {deliverables} + 1) as numbers(n)""",
    ]  # fmt: skip


def reader(pdf: bytes) -> Any:
    # pypdf types what it reads as any object of a PDF, so that each step would need a cast.
    return PdfReader(io.BytesIO(pdf), strict=True)


def plain(text: str) -> str:
    """Text without line breaks, hyphenation and kinds of spaces."""
    return re.sub(r"\s+", " ", re.sub(r"[-\u00ad]\n", "", text.replace(words.NBSP, " "))).strip()


def squeezed(text: str) -> str:
    """Text without any space or hyphen: what was broken into lines compares with what was not."""
    return re.sub(r"[\s\u00ad-]+", "", text.replace(words.NBSP, ""))


def said(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in reader(pdf).pages)


def pieces(page: Any) -> list[tuple[float, float, float, str]]:
    """The upright texts of a page: left, baseline, size, text."""
    found: list[tuple[float, float, float, str]] = []

    def hear(text: str, outer: list[float], inner: list[float], _font: Any, size: float) -> None:
        # A hyphen at the end of a line comes by itself; a turned text is the mark across the page.
        if not text.strip("\u00ad \n") or abs(outer[1]) > 1e-6:
            return
        scale = abs(outer[0])
        x, y = outer[4] + inner[4] * outer[0], outer[5] + inner[5] * outer[3]
        found.append((x, y, size * scale, text.strip()))

    page.extract_text(visitor_text=hear)
    return found


def assert_whole(pdf: bytes, pages: int) -> None:
    """As many pages as it should have; no text beyond the margins or upon another one."""
    book = reader(pdf)
    assert len(book.pages) == pages
    for page in book.pages:
        width, height = float(page.mediabox.width), float(page.mediabox.height)
        assert (round(width), round(height)) == (595, 842)
        spots = pieces(page)
        assert spots
        for x, y, size, text in spots:
            assert x >= 30, text
            assert x + 0.93 * text_width(text.split("\n")[0], size) <= width - 30, text
            assert 20 <= y <= height - 25, text
        for place, (x, y, size, text) in enumerate(spots):
            end = x + 0.9 * text_width(text.split("\n")[0], size)
            for other_x, other_y, other_size, other in spots[place + 1 :]:
                on_line = abs(y - other_y) < 0.35 * min(size, other_size)
                assert not (on_line and x + 0.5 < other_x < end - 2), (text, other)


def structure(book: Any) -> dict[str, int]:
    """Walk the structure tree and hold every link of it; how many of each kind of element there are."""
    tree = book.root_object["/StructTreeRoot"]
    numbers = tree["/ParentTree"]["/Nums"]
    parents = {int(numbers[place]): numbers[place + 1].get_object() for place in range(0, len(numbers), 2)}
    names = tree["/IDTree"]["/Names"] if "/IDTree" in tree else []
    ids = [str(names[place]) for place in range(0, len(names), 2)]
    assert ids == sorted(ids) and len(set(ids)) == len(ids)
    kinds: dict[str, int] = {}
    contents: dict[int, dict[int, Any]] = {}

    def listed(value: Any) -> Sequence[Any]:
        held = value.get_object()
        return held if isinstance(held, list) else [value]

    def walk(element: Any, parent: Any) -> None:
        assert element["/P"].get_object() is parent
        kinds[str(element["/S"])] = kinds.get(str(element["/S"]), 0) + 1
        if element["/S"] == "/Figure":
            assert str(element["/Alt"]).strip()
        assert "/ID" not in element or str(element["/ID"]) in ids
        for attributes in listed(element["/A"]) if "/A" in element else []:
            assert set(map(str, attributes.get_object().get("/Headers", []))) <= set(ids)
        for child in listed(element["/K"]) if "/K" in element else []:
            held = child.get_object()
            if isinstance(held, int):
                contents.setdefault(element.raw_get("/Pg").idnum, {})[int(held)] = element
            elif held.get("/Type") == "/OBJR":
                assert parents[int(held["/Obj"]["/StructParent"])] is element
            elif "/MCID" in held:
                page = held.raw_get("/Pg") if "/Pg" in held else element.raw_get("/Pg")
                contents.setdefault(page.idnum, {})[int(held["/MCID"])] = element
            else:
                walk(held, element)

    for top in tree["/K"]:
        walk(top.get_object(), tree)
    for page in book.pages:
        marked = parents[int(page["/StructParents"])]
        held = contents.get(page.indirect_reference.idnum, {})
        assert set(held) <= set(range(len(marked)))
        assert all(marked[place].get_object() is element for place, element in held.items())
    return kinds


def fonts(book: Any) -> set[str]:
    found = set()
    for page in book.pages:
        for font in page["/Resources"]["/Font"].values():
            found.add(str(font.get_object()["/BaseFont"]).split("+")[-1])
    return found


def links(page: Any) -> list[str]:
    return [
        str(entry.get_object()["/A"]["/URI"])
        for entry in page.get("/Annots", [])
        if "/A" in entry.get_object()
    ]
