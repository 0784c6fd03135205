"""PDFs made by typst bound into one, with their tags, links and bookmarks whole.

Setting all sheets again as one document would take typst twice the time and half a gigabyte. Here their pages
are taken as they are, and what screen readers follow (PDF 1.7, 14.7: structure tree, parent tree, element
identifiers) is joined under the cover's. It reads only the plain form that typst writes, a table of
cross-references and every object by itself, and says so where a file has another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# An address that cannot exist: on the cover it stands for a sheet that is not there yet.
_PLACE = "https://sumario.invalid/"

_TRAILER = re.compile(
    rb"trailer\n<<.*?/Root (\d+) 0 R/Info (\d+) 0 R.*?>>\nstartxref\n(\d+)\n%%EOF\s*$", re.DOTALL
)
_ENTRY = re.compile(rb"(\d{10}) \d{5} n\r\n")
# A string in parentheses, which may hold one level of others, or a reference to an object.
_STRING_OR_REFERENCE = re.compile(rb"\((?:\\.|[^\\()]|\((?:\\.|[^\\()])*\))*\)|\b(\d+) 0 R\b", re.DOTALL)
_PAGES = re.compile(rb"/Type/Pages/Count (\d+)")
_PARENTS = re.compile(rb"/ParentTree<</Nums\[([^\]]*)\]>>")
_NAMES = re.compile(rb"/IDTree<</Names\[([^\]]*)\]>>")
_NAME = re.compile(rb"\(([^()]*)\)(\d+ 0 R)")


class UnreadablePdfError(ValueError):
    """A PDF in a form that this module does not read."""


@dataclass(frozen=True)
class Sheet:
    """A PDF to bind: `mark` (letters and digits) names it for the cover's links, `title` is its bookmark."""

    mark: str
    title: str
    pdf: bytes


def address_of(mark: str) -> str:
    """The address that a cover links to in place of a sheet; `bind` turns it into a link inside the document."""
    return f"{_PLACE}{mark}"


def pages_of(pdf: bytes) -> int:
    """How many pages a PDF made by typst has."""
    return max(int(count) for count in _PAGES.findall(pdf))


def bind(cover: bytes, sheets: Sequence[Sheet], numbers: bytes) -> bytes:
    """One tagged PDF of a cover and sheets, in order.

    `numbers`: an untagged PDF with as many pages as the result, each with what is stamped on that page. Raises
    UnreadablePdfError, and ValueError where the stamps are too few or too many.
    """
    book = _Book(_read(cover))
    for sheet in sheets:
        book.add(sheet)
    book.link({sheet.mark: sheet.title for sheet in sheets})
    book.stamp(numbers)
    return book.written()


@dataclass
class _File:
    """The objects of a PDF by number, each the text before its stream and the rest."""

    objects: dict[int, tuple[bytes, bytes]]
    root: int
    info: int

    def find(self, start: bytes) -> list[int]:
        """The objects that begin so, in their order."""
        return [number for number, (head, _) in self.objects.items() if head.startswith(start)]

    def pages(self) -> list[int]:
        """The pages in the order of the page tree."""
        found: list[int] = []
        waiting = [_reference(self.objects[self.root][0], b"/Pages")]
        while waiting:
            number = waiting.pop()
            head = self.objects[number][0]
            if head.startswith(b"<</Type/Pages"):
                waiting += reversed(_numbers(head[head.index(b"/Kids") :]))
            else:
                found.append(number)
        return found


def _read(pdf: bytes) -> _File:
    trailer = _TRAILER.search(pdf, max(len(pdf) - 600, 0))
    if trailer is None:
        raise UnreadablePdfError("the PDF has no plain table of cross-references")
    root, info, table = (int(text) for text in trailer.groups())
    offsets = [int(text) for text in _ENTRY.findall(pdf, table)]
    ends = dict(zip(sorted(offsets), [*sorted(offsets)[1:], table], strict=True))
    objects = {}
    for number, offset in enumerate(offsets, 1):
        opening, closing = b"%d 0 obj\n" % number, b"\nendobj"
        held = pdf[offset : ends[offset]].rstrip()
        if not held.startswith(opening) or not held.endswith(closing):
            raise UnreadablePdfError(f"object {number} is not where the table says")
        head, mark, stream = held[len(opening) : -len(closing)].partition(b"\nstream\n")
        objects[number] = (head, mark + stream)
    return _File(objects, root, info)


def _numbers(text: bytes) -> list[int]:
    return [int(found.group(1)) for found in _STRING_OR_REFERENCE.finditer(text) if found.group(1)]


def _reference(head: bytes, name: bytes) -> int:
    found = re.search(re.escape(name) + rb" (\d+) 0 R", head)
    if found is None:
        raise UnreadablePdfError(f"an object has no {name.decode()}")
    return int(found.group(1))


def _moved(head: bytes, by: int) -> bytes:
    """An object's text with its references moved; strings are left alone."""
    return _STRING_OR_REFERENCE.sub(
        lambda found: b"%d 0 R" % (int(found.group(1)) + by) if found.group(1) else found.group(0), head
    )


def _raised(head: bytes, name: bytes, by: int) -> bytes:
    """An object's text with the number under a name raised."""
    return re.sub(name + rb" (\d+)", lambda found: b"%s %d" % (name, int(found.group(1)) + by), head)


def _words(text: str) -> bytes:
    """A text as PDF writes any language's: UTF-16 in hexadecimal digits."""
    return b"<FEFF%s>" % text.encode("utf-16-be").hex().upper().encode()


class _Book:
    """A PDF that grows sheet by sheet."""

    def __init__(self, cover: _File) -> None:
        self.file = cover
        self.objects = cover.objects
        [self.tree] = cover.find(b"<</Type/StructTreeRoot")
        head = self.objects[self.tree][0]
        self.whole = _numbers(_between(head, b"/K[", b"]"))[0]
        self.parents = [_between(head, b"/ParentTree<</Nums[", b"]")]
        self.names = dict(_NAME.findall(_found(_NAMES, head)))
        self.following = int(_between(head + b">", b"/ParentTreeNextKey ", b">"))
        self.roots = [_reference(self.objects[cover.root][0], b"/Pages")]
        self.pages = cover.pages()
        self.starts: dict[str, int] = {}
        self.parts: list[int] = []

    def new(self, head: bytes, stream: bytes = b"") -> int:
        """Add an object; its number."""
        number = max(self.objects) + 1
        self.objects[number] = (head, stream)
        return number

    def add(self, sheet: Sheet) -> None:
        """Take over a sheet's pages and structure."""
        own = _read(sheet.pdf)
        by, keys, mark = max(self.objects), self.following, sheet.mark.encode()
        [tree] = own.find(b"<</Type/StructTreeRoot")
        for number, (head, stream) in own.objects.items():
            text = _moved(head, by)
            if head.startswith(b"<</Type/StructElem"):
                # Identifiers repeat from sheet to sheet.
                text = text.replace(b"/ID(", b"/ID(" + mark)
                text = re.sub(
                    rb"/Headers\[[^\]]*\]", lambda found: found.group(0).replace(b"(", b"(" + mark), text
                )
            elif head.startswith(b"<</Type/Page/"):
                text = _raised(text, b"/StructParents", keys)
            elif head.startswith(b"<</Type/Annot"):
                text = _raised(text, b"/StructParent", keys)
            self.objects[number + by] = (text, stream)
        head = self.objects[tree + by][0]
        pairs = re.findall(rb"(\d+) (\d+ 0 R)", _found(_PARENTS, head))
        self.parents += [b"%d %s" % (int(key) + keys, value) for key, value in pairs]
        self.names |= {mark + name: value for name, value in _NAME.findall(_found(_NAMES, head))}
        self.following += int(_between(head + b">", b"/ParentTreeNextKey ", b">"))
        for top in _numbers(_between(head, b"/K[", b"]")):
            element, stream = self.objects[top]
            element = element.replace(b"/S/Document", b"/S/Part", 1)
            if b"/P " not in element:
                raise UnreadablePdfError("the document's own element has no parent")
            self.objects[top] = (re.sub(rb"/P \d+ 0 R", b"/P %d 0 R" % self.whole, element, count=1), stream)
            self.parts.append(top)
        pages = [page + by for page in own.pages()]
        self.starts[sheet.mark] = pages[0]
        self.pages += pages
        self.roots.append(_reference(own.objects[own.root][0], b"/Pages") + by)

    def link(self, titles: Mapping[str, str]) -> None:
        """Turn the cover's placeholders into links, and give every sheet a bookmark."""
        for number in [
            number for number in self.objects if self.objects[number][0].startswith(b"<</Type/Annot")
        ]:
            head, stream = self.objects[number]
            found = re.search(rb"/A<</Type/Action/S/URI/URI\(%s(\w+)\)>>" % re.escape(_PLACE.encode()), head)
            if found is None:
                continue
            mark = found.group(1).decode()
            target = b"/Dest[%d 0 R/XYZ null null null]" % self.starts[mark]
            said = b"/Contents" + _words(f"Ir para {titles[mark]}")
            head = head.replace(found.group(0), target)
            self.objects[number] = (re.sub(rb"/Contents\([^)]*\)", lambda _: said, head), stream)  # noqa: B023
        outline = max(self.objects) + 1
        count = len(titles)
        self.new(
            b"<</Type/Outlines/First %d 0 R/Last %d 0 R/Count %d>>" % (outline + 1, outline + count, count)
        )
        for place, (mark, title) in enumerate(titles.items(), 1):
            beside = b"/Prev %d 0 R" % (outline + place - 1) if place > 1 else b""
            beside += b"/Next %d 0 R" % (outline + place + 1) if place < count else b""
            target = b"[%d 0 R/XYZ null null null]" % self.starts[mark]
            self.new(b"<</Parent %d 0 R%s/Title%s/Dest%s>>" % (outline, beside, _words(title), target))
        head, stream = self.objects[self.file.root]
        head = re.sub(rb"/Outlines \d+ 0 R", b"", head)
        self.objects[self.file.root] = (head[:-2] + b"/Outlines %d 0 R>>" % outline, stream)

    def stamp(self, numbers: bytes) -> None:
        """Lay each page of `numbers` over the page of its place, as an artifact that is not read aloud."""
        over = _read(numbers)
        by = max(self.objects)
        self.objects |= {
            number + by: (_moved(head, by), stream) for number, (head, stream) in over.objects.items()
        }
        for place, (page, stamp) in enumerate(zip(self.pages, over.pages(), strict=True), 1):
            laid = self.objects[stamp + by][0]
            box = _between(laid, b"/MediaBox[", b"]")
            content, stream = self.objects[_reference(laid, b"/Contents")]
            form = b"<</Type/XObject/Subtype/Form/BBox[%s]/Resources %d 0 R" % (
                box,
                _reference(laid, b"/Resources"),
            )
            drawn = self.new(form + content[2:], stream)
            text = b"/Artifact<</Type/Pagination>>BDC q /Stamp%d Do Q EMC\n" % place
            mark = self.new(b"<</Length %d>>" % len(text), b"\nstream\n" + text + b"\nendstream")
            head, rest = self.objects[page]
            contents = _reference(head, b"/Contents")
            both = b"/Contents[%d 0 R %d 0 R]" % (contents, mark)
            self.objects[page] = (head.replace(b"/Contents %d 0 R" % contents, both), rest)
            resources = _reference(head, b"/Resources")
            head, rest = self.objects[resources]
            entry = b"/Stamp%d %d 0 R" % (place, drawn)
            known = head.find(b"/XObject<<")
            if known >= 0:
                head = head[: known + 10] + entry + head[known + 10 :]
            else:
                head = head[:-2] + b"/XObject<<%s>>>>" % entry
            self.objects[resources] = (head, rest)

    def _join(self) -> None:
        """Put the page trees under one root, and the structure under the cover's."""
        kids = b" ".join(b"%d 0 R" % number for number in self.roots)
        top = self.new(b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(self.pages), kids))
        for number in self.roots:
            head, stream = self.objects[number]
            self.objects[number] = (head[:-2] + b"/Parent %d 0 R>>" % top, stream)
        head, stream = self.objects[self.file.root]
        self.objects[self.file.root] = (re.sub(rb"/Pages \d+ 0 R", b"/Pages %d 0 R" % top, head), stream)
        head, stream = self.objects[self.whole]
        parts = b"".join(b" %d 0 R" % number for number in self.parts)
        held = _between(head, b"/K[", b"]")
        self.objects[self.whole] = (head.replace(b"/K[%s]" % held, b"/K[%s%s]" % (held, parts)), stream)
        # A name tree is searched by halving, so that its keys are in order.
        names = b"".join(b"(%s)%s" % pair for pair in sorted(self.names.items()))
        head, stream = self.objects[self.tree]
        head = _PARENTS.sub(lambda _: b"", _NAMES.sub(lambda _: b"", head))
        head = re.sub(rb"/ParentTreeNextKey \d+", b"", head)
        head = head[:-2] + b"/ParentTree<</Nums[%s]>>" % b" ".join(self.parents)
        head += b"/IDTree<</Names[%s]>>" % names if names else b""
        self.objects[self.tree] = (head + b"/ParentTreeNextKey %d>>" % self.following, stream)

    def written(self) -> bytes:
        """The file."""
        self._join()
        pieces = [b"%PDF-1.7\n%\x80\x80\x80\x80\n\n"]
        offsets = []
        place = len(pieces[0])
        for number in range(1, max(self.objects) + 1):
            head, stream = self.objects[number]
            piece = b"%d 0 obj\n%s%s\nendobj\n" % (number, head, stream)
            offsets.append(place)
            pieces.append(piece)
            place += len(piece)
        size = len(offsets) + 1
        pieces.append(b"xref\n0 %d\n0000000000 65535 f\r\n" % size)
        pieces += [b"%010d 00000 n\r\n" % offset for offset in offsets]
        trailer = b"trailer\n<</Size %d/Root %d 0 R/Info %d 0 R>>\nstartxref\n%d\n%%%%EOF\n"
        pieces.append(trailer % (size, self.file.root, self.file.info, place))
        return b"".join(pieces)


def _between(head: bytes, start: bytes, end: bytes) -> bytes:
    place = head.find(start)
    if place < 0:
        raise UnreadablePdfError(f"an object has no {start.decode()}")
    place += len(start)
    return head[place : head.index(end, place)]


def _found(pattern: re.Pattern[bytes], head: bytes) -> bytes:
    found = pattern.search(head)
    return found.group(1) if found else b""
