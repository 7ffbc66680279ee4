"""Reference tables: what CMS and others publish in bulk, imported by the user, answered by date of service."""
