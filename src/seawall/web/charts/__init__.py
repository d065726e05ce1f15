"""Pictures: lines, bars and scales as shapes that a template writes as SVG. Integers throughout.

A `Chart` is a list of shapes with classes, never with colours: the stylesheet of the page gives
them, so one picture serves both themes and print. Coordinates are tenths of a unit. Nothing here
knows what a picture is about; start with `shapes.py`, then `scales.py` and `thinning.py`.
"""
