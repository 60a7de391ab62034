"""双公示: administrative licences and penalties."""
