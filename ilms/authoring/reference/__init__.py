"""The parts of the site of the documents that are made from the declarations: sources, variables, indicators, code
lists, checks and definitions.

`make docs` writes them beside each other (`python -m ilms.authoring.reference FOLDER`). They are kept nowhere else, so
that none can be out of date.
"""
