"""Books for Kindred. Nothing in here imports Django."""
