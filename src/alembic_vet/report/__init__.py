"""One module for each output format, each reading a Report and nothing else."""
