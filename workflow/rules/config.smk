# Check that the config can be read before Snakemake reads it, to report mistakes in one line.
from foldwork.study.config import read

if not workflow.configfiles and not workflow.modifier.skip_configfile:
    or_one_line(read, ["config/config.yaml"])
