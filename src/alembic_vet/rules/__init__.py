"""One rule a module, in a folder for each family."""
