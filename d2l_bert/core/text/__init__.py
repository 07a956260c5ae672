"""Files -> paragraphs -> sentences."""
