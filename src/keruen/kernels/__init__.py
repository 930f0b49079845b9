"""Compiled inner loops: arrays in, arrays out; they know no file, no table and no dataset."""
