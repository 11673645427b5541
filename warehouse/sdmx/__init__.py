"""SDMX: structures, data, and the formats in which both are written."""
