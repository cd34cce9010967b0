"""Test vectors for the model: what a call must lead to, written down as data, and a runner that checks it."""
