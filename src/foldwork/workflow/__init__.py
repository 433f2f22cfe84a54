"""Support for the Snakefile and the scripts of its rules."""
