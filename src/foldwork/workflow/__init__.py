"""What the Snakefile and the scripts of its rules use."""
