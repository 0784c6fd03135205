"""Tagged PDFs bound into one, with its tags, links and bookmarks whole.

Setting all sheets again as one document would take typst twice the time and half a gigabyte. Here their pages
are taken as they are; what screen readers follow (PDF 1.7, 14.7: structure tree, parent tree, element
identifiers) is joined under the cover's, so that the whole is as accessible as its parts.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    NullObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

# An address that cannot exist: on the cover it stands for a sheet that is not there yet.
_PLACE = "https://sumario.invalid/"
_PAGES = re.compile(rb"/Type/Pages/Count (\d+)")


@dataclass(frozen=True)
class Sheet:
    """A PDF to bind: `mark` names it for the cover's links, `title` is its bookmark."""

    mark: str
    title: str
    pdf: bytes


def address_of(mark: str) -> str:
    """The address that a cover links to in place of a sheet; `bind` turns it into a link inside the document."""
    return f"{_PLACE}{mark}"


def pages_of(pdf: bytes) -> int:
    """How many pages a PDF made by typst has; it writes the page tree uncompressed."""
    return max(int(count) for count in _PAGES.findall(pdf))


def bind(cover: bytes, sheets: Sequence[Sheet], numbers: bytes) -> bytes:
    """One tagged PDF of a cover and sheets, in order, all made by typst.

    `numbers`: an untagged PDF with as many pages as the result, each with what is stamped on that page.
    """
    out = PdfWriter(clone_from=io.BytesIO(cover))
    tree = out.root_object["/StructTreeRoot"]
    whole = tree["/K"][0].get_object()
    parents, names = _pairs(tree["/ParentTree"], "/Nums"), _pairs(tree.get("/IDTree"), "/Names")
    following = int(tree["/ParentTreeNextKey"])
    links = [
        annotation.get_object()
        for page in out.pages
        for annotation in page.get("/Annots", ArrayObject())
        if str(annotation.get_object().get("/A", {}).get("/URI", "")).startswith(_PLACE)
    ]
    starts: dict[str, int] = {}
    readers: list[PdfReader] = []
    children = _list(whole["/K"])
    for sheet in sheets:
        starts[sheet.mark] = len(out.pages)
        # The writer knows what it has copied by the reader's id, so that each reader has to live on.
        readers.append(PdfReader(io.BytesIO(sheet.pdf)))
        own = _append(out, readers[-1], sheet, following)
        readers[-1].resolved_objects.clear()
        for part in own.parts:
            part[NameObject("/S")] = NameObject("/Part")
            part[NameObject("/P")] = whole.indirect_reference
            children.append(part.indirect_reference)
        parents += own.parents
        names += own.names
        following = own.following
        out.add_outline_item(sheet.title, starts[sheet.mark])
    whole[NameObject("/K")] = children
    tree[NameObject("/ParentTree")] = out._add_object(_tree("/Nums", parents))
    tree[NameObject("/ParentTreeNextKey")] = NumberObject(following)
    if names:
        # A name tree is searched by halving, so its keys are in order.
        tree[NameObject("/IDTree")] = out._add_object(_tree("/Names", sorted(names, key=lambda pair: str(pair[0]))))
    titles = {sheet.mark: sheet.title for sheet in sheets}
    for link in links:
        mark = str(link["/A"]["/URI"]).removeprefix(_PLACE)
        del link["/A"]
        page = out.pages[starts[mark]].indirect_reference
        link[NameObject("/Dest")] = ArrayObject([page, NameObject("/XYZ"), NullObject(), NullObject(), NullObject()])
        link[NameObject("/Contents")] = TextStringObject(f"Ir para {titles[mark]}")
    _stamp(out, numbers)
    file = io.BytesIO()
    out.write(file)
    return file.getvalue()


@dataclass
class _Taken:
    """What a sheet brings: its top elements, entries of the parent tree, identifiers, and the next free key."""

    parts: list[DictionaryObject]
    parents: list[tuple[Any, Any]]
    names: list[tuple[Any, Any]]
    following: int


def _append(out: PdfWriter, reader: PdfReader, sheet: Sheet, offset: int) -> _Taken:
    """Copy a sheet's pages and structure; its keys are moved by `offset`, its identifiers get its mark."""
    for page in reader.pages:
        copied = out.add_page(page)
        # Left out by add_page, which knows nothing of the structure.
        copied[NameObject("/StructParents")] = NumberObject(int(page["/StructParents"]) + offset)
        for annotation in copied.get("/Annots", ArrayObject()):
            entry = annotation.get_object()
            if "/StructParent" in entry:
                entry[NameObject("/StructParent")] = NumberObject(int(entry["/StructParent"]) + offset)
    tree = reader.root_object["/StructTreeRoot"].clone(out)
    parents = [(NumberObject(int(key) + offset), value) for key, value in _pairs(tree["/ParentTree"], "/Nums")]
    names = [(TextStringObject(f"{sheet.mark}{key}"), value) for key, value in _pairs(tree.get("/IDTree"), "/Names")]
    tops = [part.get_object() for part in tree["/K"]]
    for element in _elements(tops):
        if "/ID" in element:
            element[NameObject("/ID")] = TextStringObject(f"{sheet.mark}{element['/ID']}")
        for attributes in _list(element.get("/A")):
            held = attributes.get_object()
            if isinstance(held, DictionaryObject) and "/Headers" in held:
                marked = [TextStringObject(f"{sheet.mark}{key}") for key in held["/Headers"]]
                held[NameObject("/Headers")] = ArrayObject(marked)
    return _Taken(tops, parents, names, offset + int(tree["/ParentTreeNextKey"]))


def _list(value: Any) -> ArrayObject:
    """An entry that may hold one thing or an array of them, as an array."""
    held = value.get_object() if isinstance(value, IndirectObject) else value
    if held is None:
        return ArrayObject()
    return ArrayObject(held) if isinstance(held, ArrayObject) else ArrayObject([value])


def _pairs(node: Any, entry: str) -> list[tuple[Any, Any]]:
    """The keys and values of a number tree (`/Nums`) or a name tree (`/Names`), with all its branches."""
    if node is None:
        return []
    held = node.get_object()
    flat = held.get(entry, ArrayObject())
    found = [(flat[place], flat[place + 1]) for place in range(0, len(flat), 2)]
    for branch in held.get("/Kids", ArrayObject()):
        found += _pairs(branch, entry)
    return found


def _tree(entry: str, pairs: Sequence[tuple[Any, Any]]) -> DictionaryObject:
    return DictionaryObject({NameObject(entry): ArrayObject([item for pair in pairs for item in pair])})


def _elements(tops: Sequence[DictionaryObject]) -> Iterator[DictionaryObject]:
    """Every structure element under some; marked contents and object references are none."""
    waiting: list[Any] = list(tops)
    while waiting:
        element = waiting.pop()
        if isinstance(element, DictionaryObject) and "/S" in element:
            yield element
            waiting += [child.get_object() for child in _list(element.get("/K"))]


def _stamp(out: PdfWriter, numbers: bytes) -> None:
    """Lay each page of `numbers` over the page of the same place, as an artifact that is not read aloud."""
    over = PdfReader(io.BytesIO(numbers))
    for page, stamp in zip(out.pages, over.pages, strict=True):
        form = StreamObject()
        contents = stamp.get_contents()
        form.set_data(b"" if contents is None else contents.get_data())
        form[NameObject("/Type")] = NameObject("/XObject")
        form[NameObject("/Subtype")] = NameObject("/Form")
        form[NameObject("/BBox")] = ArrayObject(stamp.mediabox)
        form[NameObject("/Resources")] = stamp["/Resources"].clone(out)
        drawn = StreamObject()
        drawn.set_data(b"\n/Artifact <</Type/Pagination>> BDC q /Stamp Do Q EMC\n")
        resources = page["/Resources"].get_object()
        objects = DictionaryObject(resources.get("/XObject", DictionaryObject()).get_object())
        objects[NameObject("/Stamp")] = out._add_object(form)
        own = DictionaryObject(resources)
        own[NameObject("/XObject")] = objects
        page[NameObject("/Resources")] = own
        page[NameObject("/Contents")] = ArrayObject([*_list(page.raw_get("/Contents")), out._add_object(drawn)])
