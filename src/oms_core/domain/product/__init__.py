"""What an item is: its codes, its measures, its cost. The item's id never changes; its SKU may."""
