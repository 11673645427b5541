"""Charts: specifications in Vega-Lite, which are drawn as SVG on the server."""
