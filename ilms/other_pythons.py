"""What an environment says to other Pythons of the machine, and no process of ours may heed. Imports nothing."""

FOR_OTHER_PYTHONS = ("PYTHONPATH", "PYTHONHOME")
