"""Write what the site of the documents has of the declarations into a folder: `make docs` does.

Usage: python -m ilms.authoring.reference FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

from ilms.authoring.reference.pages import write_parts

write_parts(Path(sys.argv[1]))
