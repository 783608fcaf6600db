"""Proofs: what the rules claim, run on real Alembic with a real database.

A proof is a `proof.toml` in a fixture case: what is shown, the steps that show it on the code as written
(`[[outcome]]`), and the steps that the fixed code has to pass (`[[fixed]]`):

    shows = "a name that env.py uses is not defined"
    fix = "safe"

    [[outcome]]
    run = "alembic upgrade head"
    exit = 1
    stderr = "NameError: name 'config' is not defined"

    [[fixed]]
    run = "alembic upgrade head"

    [[fixed]]
    sql = "SELECT version_num FROM alembic_version"
    rows = [["0001"]]

`proof.py` has every key. URLs in the project are pointed at a database made for the proof, and a project
without a revision gets `first_revision.py`.
"""
