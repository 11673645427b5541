"""SDMX: structures as SDMX-ML 2.1, data as SDMX-CSV 1.0."""
