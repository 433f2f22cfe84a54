"""Parts of the strategy `evolution`: parameter spaces as genes, and the algorithms that make one generation from another."""
