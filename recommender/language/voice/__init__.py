"""Voices word things offline: templates of explanations, titles of shelves, summaries of items. See `opening`."""
