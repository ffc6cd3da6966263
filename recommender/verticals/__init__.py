"""Built-in verticals, one a folder, none knowing another. `recommender.registry` lists them."""
