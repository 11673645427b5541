"""SDMX: structures, data, and the formats that both are written in."""
