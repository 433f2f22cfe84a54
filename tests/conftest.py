"""Settings of all tests."""

import os

# Two tests run at once on two cores. Libraries read this when they are imported; engines set it to their own number of CPUs.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
