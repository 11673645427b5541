"""Reading a producer's files into the raw table: one row per record, every value as the text the producer wrote.

`read_wave` is the entry point. A file that is not as declared gives an InputError naming the file, the line or column,
why it matters and what to do, without quoting any record.
"""

from transforms.read.wave import RawInput, RawTable, read_wave

__all__ = ["RawInput", "RawTable", "read_wave"]
