"""How the revisions of an environment follow each other, and what they start from."""
