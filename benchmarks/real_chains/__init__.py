"""What is found in real revision chains, against what PostgreSQL did with them."""
