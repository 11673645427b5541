"""The releases of a home for assistants: a read-only server of the Model Context Protocol.

It asks what the SDMX service asks, on the same open releases and within the same limits: it sees `warehouse.service`,
`warehouse.release`, `warehouse.sdmx` and `schemas`, and no stage.
"""
