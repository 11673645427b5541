"""Registers: from their tables to flow records, and from flow records to numbers."""

from transforms.flows.cells import estimate_flows
from transforms.flows.records import HarmonisedFlows, harmonise_flows

__all__ = ["HarmonisedFlows", "estimate_flows", "harmonise_flows"]
