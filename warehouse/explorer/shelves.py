"""What the explorer keeps of the releases that it shows."""

from __future__ import annotations

from warehouse.explorer.catalogue import Catalogue, read_catalogue
from warehouse.explorer.corridor_codes import Given, read_given
from warehouse.explorer.kept import Kept, KeptCharts
from warehouse.explorer.search_index import Index, read_index
from warehouse.layout import Layout


class Shelves:
    """The home of the releases, and what is kept of those that are asked for."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.catalogues: Kept[Catalogue] = Kept(read_catalogue)
        self.corridors: Kept[Given] = Kept(read_given)
        self.charts = KeptCharts()
        self.indexes: Kept[Index] = Kept(read_index)
