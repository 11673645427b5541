"""Reading a producer's files into the raw table: one row per record, every value as the text the producer wrote.

`read_wave` is the way in. Every file that is not what its declaration says gives an InputError that names the file, the
line or column, why it matters and what to do, and that quotes nobody's record.
"""

from transforms.read.wave import RawInput, RawTable, read_wave

__all__ = ["RawInput", "RawTable", "read_wave"]
