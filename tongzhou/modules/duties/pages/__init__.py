"""Pages of the duties module: an organisation's day, reports, review, duties, libraries."""
