"""What a person reads, in the person's language: catalogues of translations and how they are used."""
