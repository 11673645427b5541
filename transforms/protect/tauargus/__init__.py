"""Secondary suppression by tau-argus, one hierarchical table at a time, each call in a process of its own."""
