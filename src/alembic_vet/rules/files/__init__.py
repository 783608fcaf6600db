"""Files that cannot be read, and comments that speak to this tool."""
