"""Benchmarks: side by side in one run, ratios and CPU time, medians."""
