"""env.py: engines, connections, transactions, metadata, imports."""
