"""Runs a command and writes what it cost to a file: wall time, processor time of it and
all that it waited for, and the largest resident memory of any one of them.

Usage: run-measured.py FILE COMMAND...
"""
import json
import resource
import subprocess
import sys
import time

started = time.monotonic()
process = subprocess.Popen(sys.argv[2:])
code = process.wait()
wall = time.monotonic() - started
used = resource.getrusage(resource.RUSAGE_CHILDREN)
with open(sys.argv[1], "w") as result:
    json.dump({"wallSeconds": wall, "cpuSeconds": used.ru_utime + used.ru_stime, "peakRssBytes": used.ru_maxrss * 1024}, result)
sys.exit(code if code >= 0 else 128 - code)
