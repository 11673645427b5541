"""The SDMX REST service over the releases of a home: paths of SDMX 2.1 (1.5) and SDMX 3.0 (2.x).

It reads releases and nothing else: it sees `warehouse.release`, `warehouse.sdmx` and `schemas`, and no stage.
"""
