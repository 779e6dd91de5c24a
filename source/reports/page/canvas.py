"""The frame of every drawing: its size, and what it says to who does not see it."""

from __future__ import annotations

from dataclasses import dataclass

from source.reports.page.markup import Attributes, Markup, element


@dataclass(frozen=True, slots=True)
class Canvas:
    """One drawing of a chart; a page has a wide and a narrow one of each."""

    ident: str
    """Unique on the page."""
    width: float
    height: float

    def drawing(self, title: str, description: str, *content: Markup) -> Markup:
        """The SVG image with this content."""
        title_id, description_id = f"{self.ident}-t", f"{self.ident}-d"
        attributes: Attributes = {
            "role": "img",
            "aria_labelledby": f"{title_id} {description_id}",
            "viewBox": f"0 0 {self.width:g} {self.height:g}",
            "width": self.width,
            "height": self.height,
        }
        return element(
            "svg",
            attributes,
            element("title", {"id": title_id}, title),
            element("desc", {"id": description_id}, description),
            *content,
        )
