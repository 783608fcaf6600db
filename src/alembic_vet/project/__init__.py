"""Where things are on disk: discovery, the environment, the models, git."""
