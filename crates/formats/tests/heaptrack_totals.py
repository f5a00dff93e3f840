"""Counts a heaptrack file on its own: allocations, frees, peak, what is left, B.

usage: heaptrack_totals.py < unpacked text
"""
import sys

kinds, live, peak, peak_ms, now, taken, given = [], 0, 0, 0, 0, 0, 0
for line in sys.stdin:
    fields = line.split()
    if line.startswith("a "):
        kinds.append(int(fields[1], 16))
    elif line.startswith("c "):
        now = int(fields[1], 16)
    elif line.startswith("+ "):
        live += kinds[int(fields[1], 16)]
        taken += 1
        if live > peak:
            peak, peak_ms = live, now
    elif line.startswith("- "):
        live -= kinds[int(fields[1], 16)]
        given += 1
print(taken, given, peak, peak_ms, live)
