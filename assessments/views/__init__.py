"""The unit's pages. Each view finds its object through a permission queryset, calls one service, renders."""
