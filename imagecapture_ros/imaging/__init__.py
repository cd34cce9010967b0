"""Pixels: encodings, geometry, conversion, compression."""
