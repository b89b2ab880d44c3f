"""The register of codes for special orders: each unique in the store and never used again."""
