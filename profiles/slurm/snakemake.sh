#!/bin/bash
# Runs Snakemake itself as a small Slurm job, where login nodes are not for long processes:
#
#     sbatch profiles/slurm/snakemake.sh                       # in the clone; options of Snakemake may follow
#     sbatch profiles/slurm/snakemake.sh --directory study1
#
# Its screen is snakemake-JOB.log. To end it as Ctrl-C would, so that its jobs are cancelled: scancel --batch --signal=INT JOB
#
#SBATCH --job-name=foldwork
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=2
#SBATCH --mem=2G
#SBATCH --time=24:00:00
#SBATCH --output=snakemake-%j.log
# A Ctrl-C for Snakemake before the time is up: its jobs are cancelled, the folder is unlocked, and what is recorded is kept.
#SBATCH --signal=B:INT@120
# After the failure of its node look at what still runs (docs/slurm.md) before it is submitted again.
#SBATCH --no-requeue
# --cpus-per-task: local-cores of the profile, for tables and plots. --time: as long as all searches may take, waiting in the queue included.

source .venv/bin/activate
exec snakemake --profile profiles/slurm "$@"
